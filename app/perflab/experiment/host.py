"""The machine of a run: its properties, its limits for this process, and the use of its processors.

run.json keeps facts for the report's provenance, but no names and no paths.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

import psutil

from perflab import __version__
from perflab.scenario.subject.interpreter import Interpreter
from perflab.worker import calibration as calibration_request

PACKAGES = ("perflab", "django", "django-ninja", "django-redis", "psycopg", "numpy", "pandas", "scipy")

# Of the calibration: long compared with a request, short compared with the time for which something slows a host down.
WINDOW_S = 0.02
MIN_WINDOWS = 4

PROCESSORS = Path("/sys/devices/system/cpu")
GROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")


def versions(interpreter: Interpreter | None = None) -> dict[str, str | None]:
    """Return the version of Python and of each package that affects a measurement; None where it is not installed.

    Args:
        interpreter: The project's own; what the project uses is there. `lab_python` is perflab's version then.
    """
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            # perflab itself may be on the path without being installed.
            versions[name] = __version__ if name == "perflab" else None
    if interpreter is None:
        return versions
    own = {name: interpreter.packages.get(name) for name in PACKAGES if name in interpreter.packages}
    return {**versions, **own, "python": interpreter.version, "lab_python": versions["python"]}


def machine() -> dict[str, Any]:
    """Return what kind of machine this is, and how fast it is at present (half a second); unknown is None."""
    return {
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "architecture": platform.machine(),
        "cpu_model": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "calibration": calibration(),
    }


def _cpu_model() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor()) or None


def git_revision(folder: Path) -> str | None:
    """Return the commit that the project is at, with `+` if tracked files differ from it; None outside a repository."""
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


# -- its pace ----------------------------------------------------------------------------------------------------------


def calibration(
    watch_s: float = 0.5,
    request: Callable[[], object] | None = None,
    clock: Callable[[], float] = perf_counter,
    processor_clock: Callable[[], float] = process_time,
) -> dict[str, Any]:
    """Measure how fast this host is at present, by repeating the calibration request. Costs `watch_s` and one more request.

    Args:
        watch_s: How long to repeat the request, in seconds.
        request: What to measure; the calibration request if None.
        clock: A monotonic clock, in seconds.
        processor_clock: This process's CPU time, in seconds.

    Returns:
        `reference_s`: the median time of a request. `variation`: the interquartile range of the mean time in windows of 20 ms,
        over the median of these. `processor_share`: how much of the time this process had a processor. `n`: the number
        of requests. Unknown is None.
    """
    request = _calibration_request if request is None else request
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


def _calibration_request() -> object:
    return list(calibration_request.application({}, lambda status, headers: None))


def _windows(times: Iterable[float]) -> list[float]:
    """Return the mean time of a request in each window of whole requests; an incomplete window at the end is left out."""
    means, spent, requests = [], 0.0, 0
    for time in times:
        spent, requests = spent + time, requests + 1
        if spent >= WINDOW_S:
            means.append(spent / requests)
            spent, requests = 0.0, 0
    return means


def _variation(means: Sequence[float]) -> float | None:
    if len(means) < MIN_WINDOWS:
        return None
    lower, middle, upper = quantiles(means, n=4, method="inclusive")
    return (upper - lower) / middle


# -- its limits: a container is often allowed less than the machine has ------------------------------------------------


def processor_quota() -> float | None:
    """Return how many cores' time the control groups allow; None where no limit is visible."""
    limits = [text.split() for text in _limits("cpu.max")]
    return min((int(quota) / int(period) for quota, period in limits if quota != "max"), default=None)


def cores() -> int:
    """Return how many cores this process may keep busy, as far as affinity and control groups tell."""
    number, quota = len(psutil.Process().cpu_affinity() or (0,)), processor_quota()
    return number if quota is None else max(1, min(number, int(quota)))


def memory_limit() -> int | None:
    """Return how many bytes the control groups allow; None where no limit is visible."""
    return min((int(text) for text in _limits("memory.max") if text != "max"), default=None)


def _limits(name: str) -> Iterator[str]:
    """Yield one file's content of this process's control group and of all above it (version 2 of control groups)."""
    try:
        lines = OWN_GROUP.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        if line.startswith("0::/"):
            folder = GROUPS / line.removeprefix("0::/")
            for group in (folder, *folder.parents):
                if group.is_relative_to(GROUPS) and (group / name).is_file():
                    yield (group / name).read_text().strip()


# -- its processors ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pinning:
    """The use of the processors: `measured` for workers and servers, `others` for the experiment.

    Client and server on different cores cost more CPU than on one (the caches are cold at every turn), so the measured side
    stays together, and nothing else of the lab runs there. If it is not `possible`, `reason` says why.
    """

    possible: bool
    measured: tuple[int, ...]
    others: tuple[int, ...]
    reason: str | None = None

    @property
    def every(self) -> list[int]:
        """Return all the cores."""
        return sorted({*self.measured, *self.others})

    def facts(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""
        return {
            "pinned": self.possible,
            "measured_cores": list(self.measured),
            "other_cores": list(self.others),
            "reason": self.reason,
        }


def plan_pinning() -> Pinning:
    """Plan the last core that this process may use for what is measured: the first one usually serves interrupts."""
    process = psutil.Process()
    allowed = sorted(process.cpu_affinity() or ())
    if len(allowed) < 2:
        return Pinning(False, tuple(allowed), tuple(allowed), "there is only one core")
    try:
        process.cpu_affinity(allowed)
    except (psutil.Error, OSError) as error:
        return Pinning(False, tuple(allowed), tuple(allowed), f"the system refuses it: {error}")
    return Pinning(True, (allowed[-1],), tuple(allowed[:-1]))


def plan_lanes() -> list[Pinning]:
    """Plan a core for everything of each lane, as many as there are: the one of `plan_pinning` first.

    Two processors of one core share its arithmetic units, and only one of them is used.
    """
    planned = plan_pinning()
    if not planned.possible:
        return []
    cores: set[str] = set()
    lanes = []
    for number in (*planned.measured, *reversed(planned.others)):
        if (siblings := _siblings(number)) not in cores:
            cores.add(siblings)
            lanes.append(Pinning(True, (number,), (number,)))
    return lanes


def _siblings(processor: int) -> str:
    """Return the processors of the same core; the processor alone where the system does not tell."""
    try:
        return (PROCESSORS / f"cpu{processor}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(processor)
