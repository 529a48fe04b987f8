"""The identity of a process: a pid with its start time, so that a recycled pid is never taken for the old process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that can be recognised again: its pid, and when it started, in clock ticks since the machine's start."""

    pid: int
    started: str


def boot_id() -> str | None:
    """Return a name for the time since the machine started, or None where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


def identify(pid: int) -> Identity | None:
    """Return the process that has this pid now; None if there is none, or only a zombie."""
    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        return Identity(pid, str(_started_ticks(process)))
    except psutil.Error:
        return None


def _started_ticks(process: psutil.Process) -> int:
    """Ticks between the machine's start and the process's: unlike create_time(), they do not move when the clock is set."""
    while True:
        boot_s = psutil.boot_time()
        since_boot_s = process.create_time() - boot_s
        if psutil.boot_time() == boot_s:
            return round(since_boot_s * os.sysconf("SC_CLK_TCK"))


def is_alive(who: Identity) -> bool:
    """Return whether this very process still lives."""
    return identify(who.pid) == who


def send_signal(who: Identity, number: int) -> bool:
    """Signal a process if it is still the intended one. Return False if it is gone or someone else's."""
    if not is_alive(who):
        return False
    try:
        psutil.Process(who.pid).send_signal(number)
    except psutil.Error:
        return False
    return True


def command_line(pid: int) -> str | None:
    """Return the command line of a process, or None where the system does not show it."""
    try:
        return " ".join(filter(None, psutil.Process(pid).cmdline())) or None
    except psutil.Error:
        return None


def command_of(pid: int) -> str | None:
    """Return the command line of a process, shortened to 100 characters for a message, or None where it is not shown."""
    line = command_line(pid)
    return f"{line[:97]}..." if line is not None and len(line) > 100 else line


def descendants(pid: int) -> list[int]:
    """Return the pids of the processes below a process: its children, their children, and so on."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []
