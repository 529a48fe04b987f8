"""What the stages after the rounds share."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from perflab.errors import PerflabError, SubjectError, one_line
from perflab.experiment.databases import cell_databases
from perflab.experiment.testbed import Testbed
from perflab.experiment.workers import WorkerPool
from perflab.run.tables import Sample
from perflab.run.writer import RunWriter
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import Done
from perflab.workload.steps import Step, Trace


@contextmanager
def optional_stage(writer: RunWriter, name: str) -> Iterator[None]:
    """Record in run.json why a stage failed, and continue: the rounds are measured and saved. Ctrl-C still ends the run.

    Args:
        writer: Writes the run's directory.
        name: Name of the stage, its key under `failed_passes` in run.json.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, PerflabError):
            traceback.print_exc()
        why = str(error) if isinstance(error, PerflabError) else one_line(error)
        failed = writer.meta.get("failed_passes") or {}
        writer.save_meta(failed_passes={**failed, name: " ".join(why.split())})


@contextmanager
def stage_workers(
    testbed: Testbed, writer: RunWriter, size: int, name: str, *, warm: bool = False
) -> Iterator[list[WorkerHandle]]:
    """Start workers of all_on on one fresh clone, with one key space; workers, keys and clone go at the end.

    Each stage has its own workers, though starting them costs 0.5 s of CPU and 0.3 s for each: no stage fails because
    another one did.

    Args:
        testbed: What all rounds of the run share.
        writer: Writes the run's directory, where the workers' log goes.
        size: Number of workers.
        name: Name of the stage.
        warm: Whether the first worker's caches begin in the warm state; else they are empty.
    """
    cell = next(cell for cell in testbed.cells if cell.name == testbed.everything_on)
    # No round of the run has this number, so that the keys are the stage's own.
    number = testbed.question.profile.rounds + 1
    log = writer.directory / "logs" / f"pass-{name}.log"
    log.parent.mkdir(exist_ok=True)
    templates = {cell.name: testbed.prepared.templates[cell.name]}
    try:
        others = testbed.prepared.others_of
        with cell_databases(testbed.servers.database, templates, f"{testbed.token}_{name}", others) as databases:
            config = testbed.worker_config(cell, databases, number)
            state = testbed.warm if warm else None
            if state is not None:
                state.restore_files({cell.name: testbed.folder_of(cell.name, number)}, testbed.caching)
            with WorkerPool.start({str(n): config for n in range(size)}, lambda _: log, {}) as pool:
                if state is not None and cell.name in testbed.caching:
                    state.restore_entries(testbed.servers.cache, number, {cell.name: pool.handles["0"]})
                yield list(pool.handles.values())
    finally:
        testbed.leave_nothing()


def traffic_of(testbed: Testbed) -> Trace:
    """Return the traffic of the profile's last round, which a run that stopped early did not replay: as good as any other's."""
    return testbed.trace(testbed.question.profile.rounds)


def raise_for_errors(steps: Sequence[Step], done: Done) -> list[Sample]:
    """Return the samples of a block, those of requests that failed among them.

    Raises:
        SubjectError: If most requests failed; the error names the first one.
    """
    failed = [
        (step, sample.error) for step, sample in zip(steps, done.samples, strict=True) if sample.error is not None
    ]
    if 2 * len(failed) > len(steps):
        step, error = failed[0]
        raise SubjectError(
            f"{len(failed)} of {len(steps)} requests failed; the first: {step.method} {step.path} {error}",
            where=f"endpoint {step.endpoint}",
        )
    return done.samples
