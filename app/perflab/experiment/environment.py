"""Where a run took place: versions, machine, settings. Facts for the report's provenance; no names, no paths."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from perflab.worker import calibration as reference

PACKAGES = ("perflab", "django", "django-ninja", "django-redis", "psycopg", "numpy", "pandas", "scipy")

# Of the calibration: long against a request, short against what makes a host slower for a while.
WINDOW_S = 0.02
LEAST_WINDOWS = 4


def versions() -> dict[str, str | None]:
    """Version of Python and of each package that bears on a measurement; None where it is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def machine() -> dict[str, Any]:
    """What kind of machine this is, and how fast just now (half a second); unknown is None."""
    return {
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "architecture": platform.machine(),
        "cpu_model": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_bytes": memory_bytes(),
        "calibration": calibration(),
    }


def memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def calibration(
    watch_s: float = 0.5,
    request: Callable[[], object] | None = None,
    clock: Callable[[], float] = perf_counter,
    processor_clock: Callable[[], float] = process_time,
) -> dict[str, Any]:
    """How fast this host is just now: the reference request over and over. Costs `watch_s`, and a request more.

    `reference_s` is the median time of a request, `variation` the interquartile range of its mean in windows of 20 ms
    over their median, `processor_share` how much of the time this process had a processor, `n` the number of requests.
    Unknown is None.
    """
    request = _reference_request if request is None else request
    times: list[float] = []
    began, worked = clock(), processor_clock()
    now = began
    while now - began < watch_s:
        request()
        before, now = now, clock()
        times.append(now - before)
    worked = processor_clock() - worked
    return {
        "reference_s": median(times) if times else None,
        "variation": _variation(_windows(times)),
        "processor_share": min(1.0, worked / sum(times)) if times else None,
        "n": len(times),
    }


def _reference_request() -> None:
    list(reference.application({}, lambda status, headers: None))


def _windows(times: Iterable[float]) -> list[float]:
    """The mean time of a request in each window of whole requests; what is left at the end makes none."""
    means, spent, requests = [], 0.0, 0
    for time in times:
        spent, requests = spent + time, requests + 1
        if spent >= WINDOW_S:
            means.append(spent / requests)
            spent, requests = 0.0, 0
    return means


def _variation(means: Sequence[float]) -> float | None:
    if len(means) < LEAST_WINDOWS:
        return None
    lower, middle, upper = quantiles(means, n=4, method="inclusive")
    return (upper - lower) / middle


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
