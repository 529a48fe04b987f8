"""The worker's side in this process where that is enough, and in one of its own where not."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.errors import WorkerDied
from perflab.run.response import Mask, digest
from perflab.run.tables import Sample
from perflab.servers.supervision.process import identify
from perflab.worker.handle import WorkerHandle
from perflab.worker.process import Worker
from perflab.worker.protocol import NO_STEP, Done, ExecuteBlock, IgnoreFields, ProgressCell, WorkerConfig
from perflab.workload.steps import Step
from tests.perflab.steps import step_of
from tests.waiting import wait_until

TINY = "tests.projects.tiny"
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def progress() -> Iterator[ProgressCell]:
    with tempfile.TemporaryFile() as shared:
        shared.truncate(ProgressCell.SIZE)
        cell = ProgressCell(shared.fileno())
        yield cell
        cell.close()


@pytest.fixture
def handle(tmp_path: Path) -> Iterator[WorkerHandle]:
    started = WorkerHandle.start(
        WorkerConfig("all_on", TINY, {"ALLOWED_HOSTS": ["*"]}, as_of="2025-10-20"), tmp_path / "log", 1
    )
    started.wait_ready()
    yield started
    started.stop()


def execute(worker: Worker, progress: ProgressCell, *steps: Step) -> Done:
    return worker.execute(ExecuteBlock(steps), progress)


def test_the_calibration_request_is_measured_without_a_subject(progress: ProgressCell) -> None:
    worker = Worker(WorkerConfig("reference", None))
    done = execute(worker, progress, step_of(number=5), step_of(number=6))
    assert [sample.step for sample in done.samples] == [5, 6]
    first, second = done.samples
    assert first.response_digest == second.response_digest
    assert first.started_s < second.started_s
    assert first.app_cpu_s is not None and first.latency_s is not None
    for name in ("db_cpu_s", "cache_cpu_s", "query_count", "cache_hits", "error"):
        assert getattr(first, name) is None, name
    assert progress.get() == NO_STEP


def test_the_responses_to_the_last_block_are_sent_and_ignored_fields_do_not_count(progress: ProgressCell) -> None:
    worker = Worker(WorkerConfig("reference", None))
    steps = [step_of(number=number, endpoint="reference") for number in (1, 2)]
    plain = execute(worker, progress, *steps).samples[0].response_digest
    document, missing = worker.responses([2, 7])
    assert document is not None and document["status"] == 200 and document["body"]["rows"] == 400
    assert missing is None
    worker.ignore(IgnoreFields("another", (Mask("/body/digest"),)))
    assert execute(worker, progress, *steps).samples[0].response_digest == plain
    worker.ignore(IgnoreFields("reference", (Mask("/body/digest"),)))
    assert (
        execute(worker, progress, *steps).samples[0].response_digest
        == digest(document, [Mask("/body/digest")])
        != plain
    )
    execute(worker, progress, step_of(number=9))
    assert worker.responses([1]) == [None], "of the block before nothing is kept"


def test_what_was_loaded_is_not_collected_in_a_measured_request(progress: ProgressCell) -> None:
    worker = Worker(WorkerConfig("reference", None))
    try:
        gc.unfreeze()
        execute(worker, progress, step_of(phase="warmup"))
        assert gc.get_freeze_count() == 0, "the warm-up still loads"
        execute(worker, progress, step_of(number=1))
        frozen = gc.get_freeze_count()
        assert frozen > 10_000
        execute(worker, progress, step_of(number=2))
        # some may have ended since, but none was added
        assert gc.get_freeze_count() <= frozen, "once: what requests leave behind is collected as ever"
    finally:
        gc.unfreeze()


def test_without_probes_only_what_everybody_sees_is_known(progress: ProgressCell) -> None:
    (sample,) = execute(Worker(WorkerConfig("reference", None, probed=False)), progress, step_of()).samples
    measured = {name for name in Sample.__slots__ if getattr(sample, name) is not None}
    assert measured == {"step", "started_s", "status", "latency_s", "response_bytes", "response_digest"}


def test_the_first_model_default_already_has_the_traces_clock(tmp_path: Path) -> None:
    """`default=timezone.now` keeps the function itself, so it must be in place before a project's modules are imported."""
    code = (
        "from perflab.worker.process import Worker\nfrom perflab.worker.protocol import WorkerConfig\n"
        f"worker = Worker(WorkerConfig('all_on', {TINY!r}, {{}}, as_of='2025-10-20'))\n"
        "from django.utils import timezone\nfrom django.utils.timezone import now\n"
        "worker.trace_clock.at_s = 3600\nprint(now().isoformat(), timezone.now is now)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT / "app"), str(PROJECT)])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "2025-10-20T01:00:00+00:00 True"


def test_a_worker_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    code = (
        "import sys; import perflab.worker.serve\n"
        "unwanted = {'filelock', 'pandas', 'psutil', 'psycopg', 'pyarrow', 'pydantic', 'ruamel', 'scipy'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "app")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]", "ten workers start at once, each of these costs seconds in sum"


def test_a_worker_has_a_hash_seed_and_one_thread_that_only_waits(handle: WorkerHandle) -> None:
    environment = Path(f"/proc/{handle.pid}/environ")
    if not environment.exists():
        pytest.skip("no /proc")
    assert b"PYTHONHASHSEED=1\0" in environment.read_bytes()
    assert len(os.listdir(f"/proc/{handle.pid}/task")) == 2


def test_it_ends_when_its_experiment_is_gone(handle: WorkerHandle) -> None:
    os.close(handle.parent_end)
    handle.parent_end = os.open(os.devnull, os.O_RDONLY)  # what stop() closes
    wait_until(lambda: identify(handle.pid) is None, 5)


def test_it_can_be_stopped_twice_and_then_is_gone(handle: WorkerHandle) -> None:
    handle.stop()
    handle.stop()
    assert handle.process.returncode is not None
    with pytest.raises(OSError, match="closed"):
        handle.connection.send(None)


def test_a_login_that_fails_is_reported_as_such(tmp_path: Path) -> None:
    handle = WorkerHandle.start(
        WorkerConfig("all_on", TINY, {}, auth="tests.projects.tiny:nothing"), tmp_path / "log", 1
    )
    with pytest.raises(WorkerDied, match=r"cell all_on: the worker failed: subject\.auth: cannot import"):
        handle.wait_ready()


def test_an_error_names_the_endpoint_where_it_is_known(handle: WorkerHandle) -> None:
    step = step_of("/die/", 3, endpoint="mortal")
    with pytest.raises(WorkerDied, match=r"^endpoint mortal, cell all_on, GET /die/: the worker died"):
        handle.block([step])
