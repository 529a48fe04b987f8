"""`perflab doctor` and `perflab clean`: whether this machine is fit to measure on, and what interrupted runs have left on it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from perflab import units
from perflab.errors import PerflabError
from perflab.experiment import host

MAX_STEAL = 0.02
MAX_LOAD = 0.5
MAX_VARIATION = 0.05
MIN_MEMORY_BYTES = 4 * 1024**3
MAX_CLOCK_STEP_S = 1e-6


@dataclass(frozen=True, slots=True)
class HostCheck:
    """One property of the machine. Without what is `required` nothing can be measured; the rest makes intervals wider."""

    subject: str
    value: str
    ok: bool
    remedy: str = ""
    required: bool = False

    def line(self) -> str:
        """Return it as a line of `perflab doctor`."""
        mark = "ok  " if self.ok else ("FAIL" if self.required else "warn")
        remedy = "" if self.ok or not self.remedy else f" - {self.remedy}"
        return f"{mark}  {self.subject:<18}  {self.value}{remedy}"


def examine() -> list[HostCheck]:
    """Examine everything, in a second: half of that time measures stolen time, the other half the calibration request."""
    return [*_machine(), *_noise(), *_servers()]


def _machine() -> Iterator[HostCheck]:
    cores = len(psutil.Process().cpu_affinity() or ())
    yield HostCheck("cores", str(cores), cores >= 2, "with one core the experiment disturbs its measurements")
    yield quota(host.processor_quota(), cores)
    plan = host.plan_pinning()
    yield HostCheck(
        "pinning",
        "allowed" if plan.possible else f"no: {plan.reason}",
        plan.possible,
        "runs work without it, with wider intervals",
    )
    governors = sorted({p.read_text().strip() for p in _cpus().glob("cpu[0-9]*/cpufreq/scaling_governor")})
    yield HostCheck(
        "frequency governor",
        ", ".join(governors) or "not visible here",
        governors in ([], ["performance"]),
        "set it to performance: cpupower frequency-set -g performance",
    )
    available = psutil.virtual_memory()
    yield memory(available.total, host.memory_limit(), available.available)
    step = clock_resolution_s()
    yield HostCheck("clock", f"steps of {units.seconds(step)}", step <= MAX_CLOCK_STEP_S, "choose the clock source tsc")


def _noise() -> Iterator[HostCheck]:
    stolen = stolen_share()
    yield HostCheck(
        "stolen time",
        "not visible here" if stolen is None else units.percent(stolen),
        stolen is None or stolen <= MAX_STEAL,
        "other guests use this host; measure at a quieter time or elsewhere",
    )
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    yield HostCheck(
        "load",
        f"{units.percent(load, 0)} of the cores in the last minute",
        load <= MAX_LOAD,
        "stop other programs first",
    )
    yield pace(host.calibration())


def quota(allowed: float | None, cores: int) -> HostCheck:
    """Judge how many cores' time the control groups allow."""
    return HostCheck(
        "processor quota",
        "none visible here" if allowed is None else f"{allowed:.3g} cores",
        allowed is None or allowed >= cores,
        "raise it: a process that exceeds its quota is throttled in the middle of a request",
    )


def memory(installed: int, limit: int | None, available: int) -> HostCheck:
    """Judge the memory, all in bytes.

    Args:
        installed: What the machine has.
        limit: What the control groups allow; None without a limit.
        available: What is available now without swapping.
    """
    parts = [units.size(installed)]
    if limit is not None and limit < installed:
        parts.append(f"limited to {units.size(limit)}")
    parts.append(f"{units.size(available)} available")
    usable = min(size for size in (installed, limit, available) if size is not None)
    return HostCheck("memory", ", ".join(parts), usable >= MIN_MEMORY_BYTES, "the default profile takes up to 4 GiB")


def pace(calibration: Mapping[str, Any]) -> HostCheck:
    """Judge the host's speed: the figures that every run keeps, see host.calibration."""
    time_s, variation, share = (calibration[name] for name in ("reference_s", "variation", "processor_share"))
    return HostCheck(
        "speed",
        f"a calibration request takes {units.seconds(time_s)}, varies by {units.percent(variation)} and is on a "
        f"processor {units.percent(share, 0)} of the time",
        variation is None or variation <= MAX_VARIATION,
        "the machine's speed varies; stop other programs, or measure elsewhere",
    )


def _servers() -> Iterator[HostCheck]:
    """Examine the servers' programs, or the user's own servers."""
    from perflab.servers.database import DATABASE_VARIABLE
    from perflab.servers.disk.find import Programs, find_postgres, find_valkey
    from perflab.servers.disk.home import open_home
    from perflab.servers.supervision.users import server_user
    from perflab.servers.valkey import CACHE_VARIABLE

    try:
        home, user = open_home(), server_user()
    except PerflabError as error:
        yield HostCheck("state folder", str(error), False, required=True)
        return
    finders: tuple[tuple[str, str, Callable[[], Programs]], ...] = (
        ("PostgreSQL", DATABASE_VARIABLE, lambda: find_postgres(home, user)),
        ("cache server", CACHE_VARIABLE, lambda: find_valkey(home, user)[1]),
    )
    for name, variable, find in finders:
        if os.environ.get(variable):
            yield HostCheck(name, f"your own, from {variable}", True, required=True)
            continue
        try:
            programs = find()
        except PerflabError as error:
            remedy = "only projects on SQLite can be measured" if name == "PostgreSQL" else ""
            yield HostCheck(name, str(error), False, remedy, required=True)
        else:
            yield HostCheck(name, f"{programs.version_text} ({programs.source})", True, required=True)


def clock_resolution_s(readings: int = 1000) -> float:
    """Return the smallest step, in seconds, that the monotonic clock was observed to make in so many readings."""
    smallest = float("inf")
    before = time.perf_counter_ns()
    for _ in range(readings):
        now = time.perf_counter_ns()
        if now > before:
            smallest = min(smallest, now - before)
        before = now
    return smallest * 1e-9


def stolen_share(watch_s: float = 0.5) -> float | None:
    """Return the share of time that the host takes from this machine, watched for `watch_s`; None where nothing counts it."""
    stolen_percent: float | None = getattr(psutil.cpu_times_percent(watch_s), "steal", None)
    return None if stolen_percent is None else stolen_percent / 100


def _cpus() -> Path:
    return Path("/sys/devices/system/cpu")


def clean(*, data: bool) -> tuple[list[str], bool]:
    """Stop the servers of interrupted runs and drop their databases; return what was done, and whether nothing was refused.

    Args:
        data: Whether seeded data is removed, too.
    """
    from perflab.experiment import liveness
    from perflab.notebook import project
    from perflab.servers.disk.clean import clean as cleaned

    done = cleaned(data=data)
    marked = liveness.mark_interrupted(project.reports(project.root()))
    lines = [f"marked {project.display_path(directory)} as interrupted" for directory in marked]
    for word, things in (("stopped", done.stopped), ("removed", done.removed), ("kept", done.refused)):
        lines += [f"{word} {thing}" for thing in things]
    if not (done.stopped or done.removed or done.refused):
        lines.append("nothing to clean")
    return lines, not done.refused
