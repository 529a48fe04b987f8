"""CPU time of the application, of the database's backend processes and of the cache server, around one request.

Linux has a POSIX clock for every process, readable by any user; a reading costs 0.4 µs. Where a clock cannot be read,
the value is None.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from perflab.servers.supervision.clock import age_s, backend_clock, cpu_clock

Clock = Callable[[], int]


# What the readings of two clocks may differ by, in ns, although no other thread did anything.
OTHERS_NS = 5_000
# Start times of processes are kept in steps of 10 ms.
START_STEP_S = 0.02


class Backends:
    """Read the CPU clocks of the backends of all of Django's open connections, around one request.

    A backend that starts within the request counts from its start, and one that ends within it to its end: a reading at the
    end alone would miss it. Observes connections (connections.py). Costs one reading, 0.4 µs, for each open connection.
    """

    def __init__(self) -> None:
        # Lists, because appending and removing is safe in threads.
        self._open: list[_Backend] = []
        self._ended: list[int | None] = []
        self._last: dict[int, int] = {}
        self._began_s = time.monotonic()
        self._readable = False

    def attach(self, connection: Any) -> None:
        """Begin to read the backend of a connection that has just been opened."""
        raw = connection.connection
        if any(backend.of(raw) for backend in tuple(self._open)):
            return
        info = getattr(raw, "info", None)  # psycopg's; SQLite has no backend
        pid = None if info is None or raw.closed else int(info.backend_pid)
        clock = None if pid is None else backend_clock(raw.fileno(), pid)
        backend = _Backend(raw, pid, clock, connection, self._lost)
        if clock is not None and pid is not None:
            self._readable = True
            backend.began = self._worked_before_ns(pid, clock)
        self._open.append(backend)

    def _worked_before_ns(self, pid: int, clock: Clock) -> int:
        """Return what a backend used before this request: 0 of one that started in it, more of one that a pool hands out."""
        last = self._last.pop(pid, 0)
        now = clock()
        if last:
            return min(last, now)
        return now if (age_s(pid) or 0.0) > time.monotonic() - self._began_s + START_STEP_S else 0

    def detach(self, connection: Any) -> None:
        """Read the backend of a connection for the last time."""
        for backend in tuple(self._open):
            if backend.of(connection.connection):
                self._end(backend)

    def _lost(self, backend: _Backend) -> None:
        """Read the backend of a connection that goes with its thread, without having been closed."""
        if backend in self._open:
            self._end(backend)

    def _end(self, backend: _Backend) -> None:
        with suppress(ValueError):
            self._open.remove(backend)
        used = backend.used_ns()
        self._ended.append(used)
        if used is not None and backend.pid is not None:
            self._last[backend.pid] = used + backend.began

    def start(self) -> None:
        """Begin a request."""
        self._ended.clear()
        self._began_s = time.monotonic()
        for backend in tuple(self._open):
            if not backend.restart():
                self._open.remove(backend)  # it ended since: it has no part in this request

    def read(self) -> int | None:
        """Return the CPU time of all backends since `start`, in ns; None where one of them cannot be read."""
        used = [*self._ended, *[backend.used_ns() for backend in tuple(self._open)]]
        if None in used or not self._readable:
            return None
        return sum(ns for ns in used if ns is not None)


class _Backend:
    """One backend process: its clock, None where it cannot be read, and what that showed when the request began."""

    __slots__ = ("_clock", "_owner", "_raw", "began", "pid")

    def __init__(
        self, raw: Any, pid: int | None, clock: Clock | None, owner: Any, lost: Callable[[_Backend], None]
    ) -> None:
        self._raw = id(raw)
        self._clock = clock
        self._owner = weakref.ref(owner, lambda _: lost(self))
        self.pid = pid
        self.began = 0

    def of(self, raw: Any) -> bool:
        """Return whether this is the backend of a driver's connection."""
        return raw is not None and self._raw == id(raw)

    def restart(self) -> bool:
        """Begin to count; return False if the backend is gone."""
        if self._clock is None:
            return True
        try:
            self.began = self._clock()
        except OSError:
            return False
        return True

    def used_ns(self) -> int | None:
        """Return the CPU time since then; None where it is unknown."""
        if self._clock is None:
            return None
        try:
            return self._clock() - self.began
        except OSError:
            return None


def app_cpu_ns(of_thread_ns: int, of_process_ns: int) -> int:
    """Return the application's CPU time: the process's where other threads worked for it, else the thread's own, which is finer.

    Async views and pools of threads do the work elsewhere than in the thread that was called.

    Args:
        of_thread_ns: What the calling thread used.
        of_process_ns: What all threads used, also those that have ended.
    """
    return of_process_ns if of_process_ns - of_thread_ns > OTHERS_NS else of_thread_ns


def server_clock(pid: int | None) -> Clock:
    """Return the clock of a server process; one that is unknown, or whose server is gone, reads -1."""
    clock = None if pid is None else cpu_clock(pid)
    if clock is None:
        return _unknown
    known_clock = clock

    def read() -> int:
        try:
            return known_clock()
        except OSError:
            return -1

    return read


def _unknown() -> int:
    return -1


thread_clock: Clock = time.thread_time_ns
process_clock: Clock = time.process_time_ns
