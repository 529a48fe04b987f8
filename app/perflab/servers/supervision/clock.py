"""CPU time of another process, from its POSIX process clock: 1 ns, 0.4 µs a call, across users, on Linux.

Where a clock can't be read the answer is None, and the column stays null: never 0.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Callable
from functools import partial

from perflab.servers.supervision.process import parent_of

LINUX = sys.platform.startswith("linux")


def clock_id(pid: int) -> int:
    """The clock of a process (linux/posix-timers.h: the pid's complement, shifted, and CPUCLOCK_SCHED = 2)."""
    return (~pid << 3) | 2


def read_cpu_ns(pid: int) -> int:
    """CPU time that all threads of a process have used, in ns. OSError if there is no such process."""
    return time.clock_gettime_ns(clock_id(pid))


def cpu_clock(pid: int | None) -> Callable[[], int] | None:
    """A function that reads the CPU clock of `pid` in ns, or None where it can't be read.

    A process that ends later makes the function raise OSError.
    """
    if pid is None or pid <= 0 or not LINUX:
        return None
    try:
        read_cpu_ns(pid)
    except OSError:
        return None
    # partial of a builtin: no Python frame inside the measured request
    return partial(time.clock_gettime_ns, clock_id(pid))


def peer_pid(connection_fd: int) -> int | None:
    """The pid of the process that listens at the other end of a Unix socket; None for TCP or another machine's pid."""
    if not LINUX:
        return None
    try:
        with socket.socket(fileno=os.dup(connection_fd)) as peer:
            if peer.family != socket.AF_UNIX:
                return None
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    except OSError:
        return None
    pid: int = struct.unpack("3i", credentials)[0]
    return pid or None  # 0: a process outside our pid namespace


def backend_clock(connection_fd: int, backend_pid: int) -> Callable[[], int] | None:
    """The CPU clock of a PostgreSQL backend, or None where it can't be read.

    A backend's pid says nothing if its server runs elsewhere: some other process may have that number here. So the
    backend has to be a child of the process that listens on this very Unix socket.

    >>> backend_clock(connection.fileno(), connection.info.backend_pid)   # psycopg   # doctest: +SKIP
    """
    postmaster = peer_pid(connection_fd)
    if postmaster is None or parent_of(backend_pid) != postmaster:
        return None
    return cpu_clock(backend_pid)
