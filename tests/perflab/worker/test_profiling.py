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
        names = [f"unkept {number}" for number in range(5)]
        steps = [step_of("/unkept/", number, endpoint=name) for number, name in enumerate(names)]
        handle.block(steps)
        profiled = handle.profile(steps, 0.0005)
        again = handle.block(steps)
    finally:
        handle.stop()
    assert [sample.step for sample in profiled.done.samples] == [sample.step for sample in again.samples]
    assert all(sample.status == 200 for sample in profiled.done.samples)
    assert {sample.part for sample in profiled.samples} <= set(PARTS)
    # Whenever a call returns that took longer than the interval there is a sample of it: one query for each request.
    queries = [sample for sample in profiled.samples if sample.part == "database" and sample.seconds > 0]
    assert {query.endpoint for query in queries} == {sample.endpoint for sample in profiled.samples} == set(names)
    sources = {(query.endpoint, str(query.source).rpartition(" ")[2]) for query in queries}
    assert {(name, "_computed") for name in names} <= sources


def test_middleware_is_known_by_the_files_that_it_is_in() -> None:
    (file,) = files_of(["django.middleware.common.CommonMiddleware"])
    assert file.endswith("django/middleware/common.py")
