"""The workers of one round: started side by side, stopped whatever happened."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from perflab.run.cells import Cell
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import Job

if TYPE_CHECKING:
    from perflab.experiment.testbed import Lab

# How long a worker may take to end when the run has failed: it may be the one that hangs.
HURRY_S = 0.5


@dataclass
class Crew:
    """The workers of one round. As a context manager it stops them all, whatever happened."""

    handles: dict[str, WorkerHandle] = field(default_factory=dict)

    @classmethod
    def start(cls, jobs: Mapping[str, Job], log_of: Callable[[str], Any], hash_seeds: Mapping[str, int]) -> Crew:
        """Start all workers side by side, on all cores, and wait until each is ready.

        Ten of them cost about 7 s of CPU; one after the other that would be 7 s of waiting, too.
        """
        crew = cls()
        try:
            for name, job in jobs.items():
                crew.handles[name] = WorkerHandle.start(job, log_of(name), hash_seeds.get(name))
            for handle in crew.handles.values():
                handle.wait_ready()
        except BaseException:
            crew.stop(HURRY_S)
            raise
        return crew

    @property
    def pids(self) -> list[int]:
        return [handle.pid for handle in self.handles.values()]

    def stop(self, timeout_s: float = 5.0) -> None:
        with ExitStack() as stack:  # stops the rest even if stopping one fails
            for handle in self.handles.values():
                handle.dismiss()  # all of them first: they end side by side
                stack.callback(handle.stop, timeout_s)

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop() if error is None else self.stop(HURRY_S)


def crew_of(
    lab: Lab, cells: Sequence[Cell], databases: Mapping[str, str], number: int, log_of: Callable[[str], Any]
) -> Crew:
    """The workers of these cells in one round, each with a hash seed of its own.

    Which process is started first is drawn, too: no cell is to be the last one always.
    """
    order = random.Random(f"{lab.seed} {number} order of starts").sample(list(cells), len(cells))
    jobs = {cell.name: lab.job(cell, databases, number) for cell in order}
    seeds = random.Random(f"{lab.seed} {number} hash seeds")
    return Crew.start(jobs, log_of, {name: seeds.randrange(2**32) for name in jobs})
