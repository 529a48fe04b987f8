"""CPU time of this thread, of the database's backend process and of the cache server, around one request.

Linux has a POSIX clock for every process, readable by any user; a reading costs 0.4 µs. Where a clock cannot be read
the value is None.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from perflab.servers.clock import cpu_clock

Clock = Callable[[], int]


class BackendClock:
    """The CPU clock of the backend that serves Django's default connection.

    The backend may change (a lost connection); a request during which it changed has no reading.
    """

    def __init__(self, connection: Any, *, readable: bool) -> None:
        self._connection = connection
        self._readable = readable
        self._pid: int | None = None
        self._clock: Clock | None = None

    def _current_pid(self) -> int | None:
        raw = self._connection.connection
        if raw is None or not self._readable:
            return None
        info = getattr(raw, "info", None)
        return None if info is None or raw.closed else int(info.backend_pid)

    def read(self) -> tuple[int | None, int | None]:
        """The backend's pid and its CPU time in ns, each None where unknown."""
        pid = self._current_pid()
        if pid != self._pid:
            self._pid = pid
            self._clock = None if pid is None else cpu_clock(pid)
        if self._clock is None:
            return pid, None
        try:
            return pid, self._clock()
        except OSError:
            return pid, None


def server_clock(pid: int | None) -> Clock:
    """A clock of a server process; one that is unknown reads -1."""
    clock = None if pid is None else cpu_clock(pid)
    return clock if clock is not None else _unknown


def _unknown() -> int:
    return -1


thread_clock: Clock = time.thread_time_ns
