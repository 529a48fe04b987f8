"""Keeping a process on chosen CPUs, with all of its threads."""

from __future__ import annotations

import os
from collections.abc import Collection


def pin(pid: int, cpus: Collection[int]) -> bool:
    """Pin a process; processes that it starts later inherit that. False where the system has or allows no such thing."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    try:
        threads = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        threads = [pid]
    pinned = False
    for thread in threads:
        try:
            os.sched_setaffinity(thread, cpus)
            pinned = True
        except ProcessLookupError:
            continue
        except (OSError, ValueError):
            return False
    return pinned
