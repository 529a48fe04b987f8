"""One task, many runs, all cores: each process takes chunks of run numbers, and each run has a seed of its own.

So the result is the same for any number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """As a context manager it ends its processes, whatever happened. With one process all is done in this one."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self.number > 1:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self.number, context, initializer=_begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)  # waits for the chunks in hand, a second or two

    def each(self, task: Callable[[Sequence[int]], list[T]], runs: int, chunk: int = 25) -> list[T]:
        """What `task` finds for the runs 0 to `runs` - 1, in their order. It has to be picklable."""
        parts = [range(start, min(start + chunk, runs)) for start in range(0, runs, chunk)]
        results = map(task, parts) if self._executor is None else self._executor.map(task, parts)
        return [result for part in results for result in part]


def _begin() -> None:
    """Leave Ctrl-C to the parent, and end with it: also when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
