"""The memory of a process and all its descendants, watched while it runs. Linux only; elsewhere nothing is known."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from perflab.experiment import host

EVERY_S = 0.5
PROC = Path("/proc")


def tree(root: int) -> list[int]:
    """A process and its descendants. Reads every /proc/<pid>/stat."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    pids, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        pids.append(pid)
        waiting += children.get(pid, [])
    return pids


def pss_bytes(pid: int) -> int | None:
    """A process's proportional share of memory: pages shared by n processes count as 1/n. None: it is gone, or not ours."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), None)


def name_of(pid: int) -> str | None:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return None


@dataclass
class Watch:
    """Samples a tree twice a second, in a thread that keeps off the measured core.

    `peak_bytes` None: never read. `first_server_s`: when the first postgres was there, on the monotonic clock.
    """

    root: int
    peak_bytes: int | None = None
    peak_processes: int = 0
    first_server_s: float | None = None
    unreadable: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def _watch(self) -> None:
        plan = host.plan_pinning()
        if plan.possible:
            os.sched_setaffinity(threading.get_native_id(), plan.others)
        while not self._over.wait(EVERY_S):
            pids = tree(self.root)
            if self.first_server_s is None and any(name_of(pid) == "postgres" for pid in pids):
                self.first_server_s = time.monotonic()
            shares = [share for pid in pids if (share := pss_bytes(pid)) is not None]
            self.unreadable = max(self.unreadable, len(pids) - len(shares))
            if shares and sum(shares) > (self.peak_bytes or 0):
                self.peak_bytes, self.peak_processes = sum(shares), len(shares)
