"""What this process may have of its machine: a container is often allowed less than there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")
MEMORY = Path("/proc/meminfo")


def processor_quota() -> float | None:
    """How many cores' time the control groups allow; None where no limit is seen."""
    found = [text.split() for text in _limits("cpu.max")]
    return min((int(words[0]) / int(words[1]) for words in found if words[0] != "max"), default=None)


def memory_limit() -> int | None:
    """The bytes that the control groups allow; None where no limit is seen."""
    return min((int(text) for text in _limits("memory.max") if text != "max"), default=None)


def available_memory() -> int | None:
    """The bytes that could be had without swapping; None where the system does not say."""
    try:
        lines = MEMORY.read_text().splitlines()
    except OSError:
        return None
    kibibytes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(kibibytes[0]) * 1024 if kibibytes else None


def _limits(name: str) -> Iterator[str]:
    """One file of this process's control group and of all above it (Linux, version 2 of control groups)."""
    try:
        lines = OWN_GROUP.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        if line.startswith("0::/"):
            folder = GROUPS / line.removeprefix("0::/")
            for place in (folder, *folder.parents):
                if place.is_relative_to(GROUPS) and (place / name).is_file():
                    yield (place / name).read_text().strip()
