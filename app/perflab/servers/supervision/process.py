"""Who a process is: a pid together with its start time, so that a recycled pid is never taken for the old process."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that can be recognised again: its pid and when it started (in the system's own words)."""

    pid: int
    started: str


def boot_id() -> str | None:
    """A name for the time since the machine started, or None where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        pass
    try:  # macOS
        answer = subprocess.run(["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip() or None


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the third one (state) on; a command's name may hold blanks and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def parent_of(pid: int) -> int | None:
    """The pid of a process's parent, or None (no such process, or not Linux)."""
    stat = _stat(pid)
    return int(stat[1]) if stat else None


def identify(pid: int) -> Identity | None:
    """The process that has this pid now; None if there is none, or only a zombie that waits for its parent."""
    if Path("/proc/self/stat").exists():
        stat = _stat(pid)
        if stat is None or stat[0] in "ZX":
            return None
        return Identity(pid, stat[19])
    try:  # 5 ms: starts a process
        answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return Identity(pid, answer.stdout.strip()) if answer.stdout.strip() else None


def is_alive(who: Identity) -> bool:
    """Whether this very process still lives."""
    return identify(who.pid) == who


def send_signal(who: Identity, number: int) -> bool:
    """Signal a process if it is still the one that is meant. False if it is gone or someone else's."""
    if not is_alive(who):
        return False
    try:
        os.kill(who.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def command_of(pid: int) -> str | None:
    """The command line of a process, shortened, for a message; None where the system does not tell."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    line = " ".join(word.decode(errors="replace") for word in words if word)
    return (line[:97] + "...") if len(line) > 100 else (line or None)
