"""A worker's block under the sampling profiler."""

from __future__ import annotations

from pathlib import Path

from perflab.run.tables import PARTS
from perflab.worker.handle import WorkerHandle
from perflab.worker.profiling import files_of
from perflab.worker.protocol import WorkerConfig
from tests.perflab.steps import step_of

COUNTING = "tests.projects.counting"


def test_what_takes_the_time_is_seen_and_the_worker_goes_on(tmp_path: Path) -> None:
    config = WorkerConfig("all_on", COUNTING, {"ALLOWED_HOSTS": ["*"]})
    handle = WorkerHandle.start(config, tmp_path / "worker.log", hash_seed=1)
    try:
        handle.wait_ready()
        steps = [step_of("/unkept/", number, endpoint="unkept") for number in range(5)]
        handle.block(steps)
        profiled = handle.profile(steps, 0.0005)
        again = handle.block(steps)
    finally:
        handle.stop()
    assert [sample.step for sample in profiled.done.samples] == [sample.step for sample in again.samples]
    assert all(sample.status == 200 for sample in profiled.done.samples)
    assert {one.endpoint for one in profiled.samples} == {"unkept"}
    assert {one.part for one in profiled.samples} <= set(PARTS)
    seconds = sum(one.seconds for one in profiled.samples)
    latency = sum(sample.latency_s or 0.0 for sample in profiled.done.samples)
    assert 0.5 * latency < seconds < 2 * latency
    assert sum(one.seconds for one in profiled.samples if one.part == "database") > 0.8 * seconds
    sources = {one.source for one in profiled.samples if one.part == "database"}
    assert any(source is not None and source.endswith(" _computed") for source in sources)


def test_middleware_is_known_by_the_files_that_it_is_in() -> None:
    (file,) = files_of(["django.middleware.common.CommonMiddleware"])
    assert file.endswith("django/middleware/common.py")
