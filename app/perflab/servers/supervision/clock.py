"""CPU time of another process, from its POSIX process clock: 1 ns, 0.4 µs a call, across users, on Linux.

Where a clock can't be read the value is None, and the column stays null: never 0. The workers import this module, so it does
without psutil, whose import costs each of them 20 ms.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path


def clock_id(pid: int) -> int:
    """Return the clock of a process (linux/posix-timers.h: the pid's complement, shifted, and CPUCLOCK_SCHED = 2)."""
    return (~pid << 3) | 2


def read_cpu_ns(pid: int) -> int:
    """Return the CPU time that all threads of a process have used, in ns. Raises OSError if there is no such process."""
    return time.clock_gettime_ns(clock_id(pid))


def cpu_clock(pid: int | None) -> Callable[[], int] | None:
    """Return a function that reads the CPU clock of `pid` in ns, or None where it can't be read.

    The function raises OSError once the process has ended.
    """
    if pid is None or pid <= 0:
        return None
    try:
        read_cpu_ns(pid)
    except OSError:
        return None
    # partial of a builtin: no Python frame inside the measured request
    return partial(time.clock_gettime_ns, clock_id(pid))


def peer_pid(connection_fd: int) -> int | None:
    """Return the pid of the process that listens at the other end of a Unix socket; None for TCP or another machine's pid."""
    try:
        with socket.socket(fileno=os.dup(connection_fd)) as peer:
            if peer.family != socket.AF_UNIX:
                return None
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    except OSError:
        return None
    pid: int = struct.unpack("3i", credentials)[0]
    return pid or None  # 0: a process outside our pid namespace


def parent_of(pid: int) -> int | None:
    """Return the pid of a process's parent, or None if there is no such process."""
    fields = _stat(pid)
    return None if fields is None else int(fields[1])


def age_s(pid: int) -> float | None:
    """Return how long ago a process started, in steps of 10 ms; None if there is no such process."""
    fields = _stat(pid)
    if fields is None:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str] | None:
    """Return what the kernel says of a process (proc(5)), from its state on: a command's name may hold blanks and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def backend_clock(connection_fd: int, backend_pid: int) -> Callable[[], int] | None:
    """Return the CPU clock of a PostgreSQL backend, or None where it can't be read.

    A backend's pid is meaningless if its server runs elsewhere: some other process may have that number here. So the
    backend has to be a child of the process that listens on this very Unix socket.

    >>> backend_clock(connection.fileno(), connection.info.backend_pid)   # psycopg   # doctest: +SKIP
    """
    postmaster = peer_pid(connection_fd)
    if postmaster is None or parent_of(backend_pid) != postmaster:
        return None
    return cpu_clock(backend_pid)
