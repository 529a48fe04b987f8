"""Keeping a process on chosen CPUs, with all of its threads, or one thread."""

from __future__ import annotations

import threading
from collections.abc import Collection

import psutil


def pin(pid: int, cpus: Collection[int]) -> bool:
    """Pin a process; processes that it starts later inherit that. Return False where the system does not allow it."""
    try:
        threads = psutil.Process(pid).threads()
    except psutil.Error:
        return False
    pinned = False
    for thread in threads:  # each by its own: an affinity belongs to a thread
        try:
            psutil.Process(thread.id).cpu_affinity(list(cpus))
            pinned = True
        except psutil.NoSuchProcess:
            continue
        except (psutil.Error, OSError, ValueError):
            return False
    return pinned


def pin_thread(cpus: Collection[int]) -> bool:
    """Pin the calling thread; processes that it starts later inherit that. Return False where the system does not allow it."""
    try:
        psutil.Process(threading.get_native_id()).cpu_affinity(list(cpus))
    except (psutil.Error, OSError, ValueError):
        return False
    return True
