"""The workers of one round, or of one stage after the rounds: started side by side, and stopped together."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from perflab.experiment.testbed import Testbed
from perflab.run.cells import Cell
from perflab.worker.forking.client import ForkServer, shared
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WorkerConfig

# How long a worker may take to end; less when the run has failed, because the worker may be what hangs.
STOP_TIMEOUT_S = 5.0
STOP_TIMEOUT_ON_ERROR_S = 0.5


@dataclass
class WorkerPool:
    """Hold running workers by name; as a context manager it stops them all.

    Attributes:
        handles: The workers.
        servers: What forked them.
    """

    handles: dict[str, WorkerHandle] = field(default_factory=dict)
    servers: list[ForkServer] = field(default_factory=list)

    @classmethod
    def start(
        cls, configs: Mapping[str, WorkerConfig], log_of: Callable[[str], Any], hash_seeds: Mapping[str, int]
    ) -> WorkerPool:
        """Start all workers side by side, on all cores, and wait until each is ready.

        Those that share a hash seed, an interpreter and an environment are forked from a process that has loaded Django. Ten of
        the marketplace cost 3.9 s of CPU so, and 7.5 s if each starts by itself.

        Args:
            configs: What each worker runs, by its name.
            log_of: The log file of a worker.
            hash_seeds: The hash seeds of workers; the others have one in common, at random.

        Raises:
            WorkerDied: A worker cannot be set up; all are stopped.
        """
        pool = cls()
        common = random.SystemRandom().randrange(2**32)
        seeds = {name: hash_seeds.get(name, common) for name in configs}
        groups = {name: (seeds[name], shared(config)) for name, config in configs.items()}
        sizes = Counter(group for group in groups.values() if group[1] is not None)
        servers: dict[Any, ForkServer] = {}
        try:
            for name, config in configs.items():
                if sizes[group := groups[name]] > 1 and group not in servers:
                    servers[group] = ForkServer.start(config, log_of(name), seeds[name])
                    pool.servers.append(servers[group])
            for name, config in configs.items():
                pool.handles[name] = WorkerHandle.start(config, log_of(name), seeds[name], servers.get(groups[name]))
            for server in pool.servers:
                server.close()
            for handle in pool.handles.values():
                handle.wait_ready()
        except BaseException:
            pool.stop(STOP_TIMEOUT_ON_ERROR_S)
            raise
        return pool

    @property
    def pids(self) -> list[int]:
        """Return the ids of the workers' processes."""
        return [handle.pid for handle in self.handles.values()]

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stop all workers; each is killed after `timeout_s`."""
        with ExitStack() as stack:  # stops the rest even if stopping one fails
            for server in self.servers:
                stack.callback(server.stop, timeout_s)  # last: they end after their workers
            for handle in self.handles.values():
                handle.dismiss()  # all of them first: they end side by side
                stack.callback(handle.stop, timeout_s)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop() if error is None else self.stop(STOP_TIMEOUT_ON_ERROR_S)


def round_workers(
    testbed: Testbed,
    cells: Sequence[Cell],
    databases: Mapping[str, str],
    number: int,
    log_of: Callable[[str], Any],
) -> WorkerPool:
    """Start the workers of a round: one for each cell, in random order and each with its own hash seed.

    The order of starts is random so that no cell is always the last one. None of them is forked: the gate and the controls take
    the times of processes for independent of each other, and those of one fork server share what lies where in memory.

    Args:
        testbed: What all rounds of the run share.
        cells: The cells.
        databases: The database of each cell.
        number: Number of the round.
        log_of: The log file of a cell's worker.
    """
    order = random.Random(f"{testbed.seed} {number} order of starts").sample(list(cells), len(cells))
    configs = {cell.name: testbed.worker_config(cell, databases, number) for cell in order}
    seeds = random.Random(f"{testbed.seed} {number} hash seeds")
    return WorkerPool.start(configs, log_of, {name: seeds.randrange(2**32) for name in configs})
