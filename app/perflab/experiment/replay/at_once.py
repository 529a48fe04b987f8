"""Executing a block of checks in several cells at the same time: nothing is timed in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from perflab.errors import PerflabError
from perflab.experiment.replay.turns import Executing
from perflab.worker.protocol import Done
from perflab.workload.steps import Step


def at_once(
    workers: Mapping[str, Executing], shares: Mapping[str, Sequence[Step]], number: int, timeout_s: float
) -> dict[str, Done | PerflabError]:
    """Execute each cell's Steps, and return what its worker returned, or the error that ended it, once all have ended.

    An interrupt does not wait for the workers; their threads end with them.

    Args:
        workers: The worker of each cell.
        shares: The Steps of each cell.
        number: How many cells are at work at the same time.
        timeout_s: The longest that one request may take.
    """
    threads = ThreadPoolExecutor(number)
    try:
        begun = {cell: threads.submit(workers[cell].block, steps, timeout_s) for cell, steps in shares.items()}
        wait(begun.values())
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
    results: dict[str, Done | PerflabError] = {}
    for cell, future in begun.items():
        error = future.exception()
        if error is not None and not isinstance(error, PerflabError):
            raise error
        results[cell] = error or future.result()
    return results
