"""Workers of all_on for a pass: on one fresh clone, with one key space of their own, which is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from perflab import workload
from perflab.errors import SubjectError
from perflab.experiment.databases import clones
from perflab.experiment.testbed import Lab
from perflab.experiment.workers import Crew
from perflab.run.cells import OPTIMISED
from perflab.run.tables import Sample
from perflab.run.writer import RunWriter
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import Done, Order
from perflab.workload import Trace


@contextmanager
def team(lab: Lab, writer: RunWriter, size: int, name: str) -> Iterator[list[WorkerHandle]]:
    """So many workers, started side by side; they end, and their keys and their clone go, whatever happened.

    Each pass has workers of its own, though starting one costs 0.7 s of CPU: so none fails because another one did.
    """
    cell = next(cell for cell in lab.cells if cell.name == OPTIMISED)
    number = lab.question.profile.rounds + 1  # of no round, so that the keys are its own
    log = writer.directory / "logs" / f"pass-{name}.log"
    log.parent.mkdir(exist_ok=True)
    try:
        with clones(lab.database, {cell.name: lab.templates[cell.name]}, f"{lab.token}_{name}") as databases:
            job = lab.job(cell, databases, number)
            with Crew.start({str(n): job for n in range(size)}, lambda _: log, {}) as crew:
                yield list(crew.handles.values())
    finally:
        lab.forget_caches()


def traffic_of(lab: Lab) -> Trace:
    """The traffic of the profile's last round, which a run that stopped early did not replay: as good as any other's."""
    number = max(lab.populations)
    question = lab.question
    return workload.build(question.scenario, question.profile, lab.seed, number, lab.populations[number])


def sound(orders: Sequence[Order], done: Done) -> list[Sample]:
    """The samples of a block; raises SubjectError for the first request that failed."""
    for order, sample in zip(orders, done.samples, strict=True):
        if sample.error is not None:
            raise SubjectError(f"{order.method} {order.path} {sample.error}", where=f"endpoint {order.endpoint}")
    return done.samples
