"""Records of a server's requests: for each process a file, with a record for each request and each sample of its threads.

Under load a request's service cannot be told from its response time, which includes the queue. So the server's own processes
write down what each request cost. A record takes 3 µs.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep, thread_time
from typing import Any, NamedTuple

from perflab.run.tables.capacity import THREAD_STATES
from perflab.run.tables.declaring import POOL
from perflab.worker.probes.stacks import Frame, Stacks

# The number of the request, when it began on the monotonic clock, how long it took, and the CPU time of its thread.
RECORD = struct.Struct("<qddd")
SAMPLE_EVERY_S = 0.05
# A thread whose innermost frames are in here waits for a connection of a pool.
POOLS, WAITING_DEPTH = "/psycopg_pool/", 6


class Record(NamedTuple):
    """Hold one record. `number` of a sample is -1 - the index of its state in THREAD_STATES, and `began_s` when it was taken."""

    number: int
    began_s: float
    wall_s: float
    cpu_s: float


class Records:
    """Writes one process's records.

    Args:
        folder: Where the file goes, which is named after the process.
        root: The project's folder, by which frames are the project's own.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self._file = os.open(folder / f"{os.getpid()}.records", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._busy: set[int] = set()
        self._stacks = Stacks(root)
        threading.Thread(target=self._watch, daemon=True, name="perflab records").start()

    def begin(self) -> tuple[float, float]:
        """Begin a request in this thread; return its clocks."""
        self._busy.add(threading.get_ident())
        return monotonic(), thread_time()

    def end(self, number: int, began: tuple[float, float]) -> None:
        """End it.

        Args:
            number: The request's number.
            began: What `begin` returned.
        """
        self._busy.discard(threading.get_ident())
        os.write(self._file, RECORD.pack(number, began[0], monotonic() - began[0], thread_time() - began[1]))

    def _watch(self) -> None:
        """Write down again and again in which part of the system each busy thread is."""
        while True:
            sleep(SAMPLE_EVERY_S)
            frames, now = sys._current_frames(), monotonic()
            states = [self._state(frames[thread]) for thread in tuple(self._busy) if thread in frames]
            if states:
                os.write(
                    self._file,
                    b"".join(RECORD.pack(-1 - THREAD_STATES.index(state), now, 0.0, 0.0) for state in states),
                )

    def _state(self, frame: Any) -> str:
        stack = []
        while frame is not None:
            stack.append(Frame(frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back
        if any(POOLS in each.path for each in stack[:WAITING_DEPTH]):
            return POOL
        return self._stacks.part(stack) or "framework"


def read(folder: Path) -> Iterator[Record]:
    """Yield the records of all processes; a file whose process was killed may end in half a record, which is left out.

    Args:
        folder: The folder.
    """
    for path in sorted(folder.glob("*.records")):
        content = path.read_bytes()
        whole = len(content) - len(content) % RECORD.size
        for values in RECORD.iter_unpack(content[:whole]):
            yield Record(*values)
