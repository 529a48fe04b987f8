"""Where a run took place: versions, machine, settings. Facts for the report's provenance; no names, no paths."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

from perflab import __version__, reference

PACKAGES = ("perflab", "django", "django-ninja", "django-redis", "psycopg", "numpy", "pandas", "scipy")


def versions() -> dict[str, str | None]:
    """Version of Python and of each package that bears on a measurement; None where it is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            # From a checkout that is only on the path, ours is known all the same.
            found[name] = __version__ if name == "perflab" else None
    return found


def machine() -> dict[str, Any]:
    """What kind of machine this is; unknown is None."""
    return {
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "architecture": platform.machine(),
        "cpu_model": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_bytes": memory_bytes(),
        "speed": calibration(),
    }


def memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def calibration(times: int = 30) -> float:
    """Reference requests per second of this process, from the fastest of `times`: the host's speed. Costs 50 ms."""
    best = float("inf")
    for _ in range(times):
        began = perf_counter()
        list(reference.application({}, lambda status, headers: None))
        best = min(best, perf_counter() - began)
    return 1 / best


def git_revision(folder: Path) -> str | None:
    """The commit that the project is at, with `+` where tracked files differ from it; None outside a repository."""
    revision = _git(folder, "rev-parse", "--short=12", "HEAD")
    if revision is None:
        return None
    return revision + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu_model() -> str | None:
    if sys.platform == "linux":
        try:
            lines = Path("/proc/cpuinfo").read_text().splitlines()
        except OSError:
            lines = []
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or None
