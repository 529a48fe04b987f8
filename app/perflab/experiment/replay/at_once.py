"""Executing a block of checks in several cells at the same time: nothing is timed in them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from perflab.errors import PerflabError
from perflab.experiment.replay.turns import Executing
from perflab.worker.protocol import Done
from perflab.workload.steps import Step

# How long to wait for one worker before the next one is looked at: a worker that is ready does nothing for that long.
WAIT_S = 0.005


def at_once(
    workers: Mapping[str, Executing], shares: Mapping[str, Sequence[Step]], number: int, timeout_s: float
) -> dict[str, Done | PerflabError]:
    """Execute each cell's Steps, and return what its worker returned, or the error that ended it, once all have ended.

    Args:
        workers: The worker of each cell.
        shares: The Steps of each cell.
        number: How many cells are at work at the same time.
        timeout_s: The longest that one request may take.
    """
    results: dict[str, Done | PerflabError] = {}
    queue = deque(shares)
    running: list[str] = []
    while queue or running:
        while queue and len(running) < number:
            cell = queue.popleft()
            try:
                workers[cell].begin(shares[cell])
                running.append(cell)
            except PerflabError as error:
                results[cell] = error
        for cell in running:
            try:
                if workers[cell].has_replied(shares[cell], timeout_s, WAIT_S):
                    results[cell] = workers[cell].done(shares[cell], timeout_s)
            except PerflabError as error:
                results[cell] = error
        running = [cell for cell in running if cell not in results]
    return {cell: results[cell] for cell in shares}
