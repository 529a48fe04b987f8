"""Which cells can take over the entries that another one has stored: those that store the same for the same requests.

A cache may hold objects, such as rows with the rows that they refer to: what a cell stores then depends on how it queries. So
each combination of switches makes some requests with an empty cache, on the same data and at one time of the trace, and the
entries are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from perflab.errors import PerflabError
from perflab.experiment.databases import cell_databases
from perflab.experiment.replay.at_once import at_once
from perflab.experiment.testbed import Testbed
from perflab.experiment.warm.state import CACHES
from perflab.experiment.workers import WorkerPool
from perflab.run.cells import Cell
from perflab.worker.handle import WorkerHandle
from perflab.workload.steps import Step

# No round of the run has this number.
ROUND = -1
# How many different requests of each endpoint are compared.
REQUESTS = 5

Entries = Mapping[tuple[str, ...], bytes]


def sources(testbed: Testbed, steps: Iterable[Step], log_of: Callable[[str], Any]) -> dict[str, str]:
    """Return the cell from which each cell with its caches on takes its entries: all_on, or the cell itself.

    Costs the start of a worker for each combination of switches with caches on, and some requests in each of them.

    Args:
        testbed: What all rounds of the run share, in the warm state.
        steps: The traffic before the rounds, or its end.
        log_of: The log file of a cell's worker.

    Raises:
        WorkerDied: A worker cannot be set up, ends or hangs.
    """
    caching = [cell for cell in testbed.cells if cell.name in testbed.caching]
    compared = [cell for cell in caching if cell.role == "treatment"]
    shared = dict.fromkeys((cell.name for cell in caching), testbed.everything_on)
    if len(compared) < 2 or testbed.everything_on not in shared:
        return shared
    entries = _entries(testbed, compared, sample_of(steps), log_of)
    return shared | {name: name for name, own in entries.items() if own != entries[testbed.everything_on]}


def sample_of(steps: Iterable[Step]) -> list[Step]:
    """Return a few different reads of each endpoint, the last ones, all at the time of the last one."""
    by_endpoint: dict[str, dict[tuple[object, ...], Step]] = {}
    for step in reversed(every := list(steps)):
        requests = by_endpoint.setdefault(step.endpoint, {})
        if not step.writes and len(requests) < REQUESTS:
            requests.setdefault((step.method, step.path, step.body, step.user), step)
    at_s = every[-1].at_s if every else 0.0
    return [replace(step, at_s=at_s) for requests in by_endpoint.values() for step in requests.values()]


def _entries(
    testbed: Testbed, cells: Sequence[Cell], steps: Sequence[Step], log_of: Callable[[str], Any]
) -> dict[str, Entries]:
    """Make the requests in each cell, and return what its caches hold then."""
    timeout_s = testbed.question.scenario.traffic.timeout_s
    templates = {cell.name: testbed.prepared.templates[cell.name] for cell in cells}
    base = f"{testbed.token}_sample"
    try:
        with cell_databases(testbed.servers.database, templates, base, testbed.prepared.others_of) as databases:
            configs = {cell.name: testbed.worker_config(cell, databases, ROUND) for cell in cells}
            with WorkerPool.start(configs, log_of, {}) as pool:
                shares = dict.fromkeys(pool.handles, steps)
                for result in at_once(pool.handles, shares, testbed.cells_at_once, timeout_s).values():
                    if isinstance(result, PerflabError):
                        raise result
                return {name: _held(testbed, name, worker) for name, worker in pool.handles.items()}
    finally:
        testbed.leave_nothing()


def _held(testbed: Testbed, cell: str, worker: WorkerHandle) -> Entries:
    """Return what the caches of a cell hold: on the server, in memory and in files."""
    folder = Path(worker.config.folder or ".") / CACHES
    return {
        **{("server", name): value for name, value in testbed.servers.cache.dump(f"{ROUND} {cell} ").items()},
        **{
            ("memory", name, key): value
            for name, (values, _) in worker.memory().items()
            for key, value in values.items()
        },
        **{("file", str(path.relative_to(folder))): path.read_bytes() for path in folder.rglob("*") if path.is_file()},
    }
