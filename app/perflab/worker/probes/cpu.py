"""CPU time of this thread, of the database's backend process and of the cache server, around one request.

Linux has a POSIX clock for every process, readable by any user; a reading costs 0.4 µs. Where a clock cannot be read,
the value is None.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from perflab.servers.supervision.clock import backend_clock, cpu_clock

Clock = Callable[[], int]


class BackendClock:
    """Read the CPU clock of the backend that serves Django's default connection.

    The backend may change (a lost connection); a request during which it changed has no reading.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._raw: Any = None
        self._pid: int | None = None
        self._clock: Clock | None = None

    def read(self) -> tuple[int | None, int | None]:
        """Return the backend's pid and its CPU time in ns, each None where unknown."""
        raw = self._connection.connection
        if raw is not self._raw:
            self._raw = raw
            self._pid, self._clock = self._clock_of(raw)
        if self._clock is None:
            return self._pid, None
        try:
            return self._pid, self._clock()
        except OSError:
            return None, None

    @staticmethod
    def _clock_of(raw: Any) -> tuple[int | None, Clock | None]:
        info = getattr(raw, "info", None)  # psycopg's; SQLite has no backend
        if info is None or raw.closed:
            return None, None
        pid = int(info.backend_pid)
        return pid, backend_clock(raw.fileno(), pid)


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
