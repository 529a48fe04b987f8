"""Is this machine fit to measure on? Each finding says what it is, whether that is good, and what to do about it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab import units
from perflab.errors import PerflabError
from perflab.experiment import cgroup, environment, pinning

STEAL_TOLERATED = 0.02
LOAD_TOLERATED = 0.5
VARIATION_TOLERATED = 0.05
MEMORY_NEEDED = 4 * 1024**3
CLOCK_TOLERATED_S = 1e-6


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. Without what is `required` nothing can be measured; the rest makes intervals wider."""

    subject: str
    value: str
    ok: bool
    remedy: str = ""
    required: bool = False

    def line(self) -> str:
        mark = "ok  " if self.ok else ("FAIL" if self.required else "warn")
        remedy = "" if self.ok or not self.remedy else f" - {self.remedy}"
        return f"{mark}  {self.subject:<18}  {self.value}{remedy}"


def examine() -> list[Finding]:
    """Look at everything; takes a second: half of it watches for stolen time, the other half times the reference."""
    return [*_machine(), *_noise(), *_servers()]


def _machine() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding("cores", str(cores), cores >= 2, "with one core the experiment disturbs what it measures")
    yield quota(cgroup.processor_quota(), cores)
    plan = pinning.plan()
    yield Finding(
        "pinning",
        "allowed" if plan.possible else f"no: {plan.reason}",
        plan.possible,
        "runs work without; their intervals are wider",
    )
    governors = sorted({p.read_text().strip() for p in _cpus().glob("cpu[0-9]*/cpufreq/scaling_governor")})
    yield Finding(
        "frequency governor",
        ", ".join(governors) or "not visible here",
        governors in ([], ["performance"]),
        "set it to performance: cpupower frequency-set -g performance",
    )
    yield memory(environment.memory_bytes(), cgroup.memory_limit(), cgroup.available_memory())
    step = clock_resolution_s()
    yield Finding("clock", f"steps of {units.seconds(step)}", step <= CLOCK_TOLERATED_S, "choose the clock source tsc")


def _noise() -> Iterator[Finding]:
    stolen = stolen_share()
    yield Finding(
        "stolen time",
        "not visible here" if stolen is None else units.percent(stolen),
        stolen is None or stolen <= STEAL_TOLERATED,
        "other guests use this host; measure at a quieter hour or elsewhere",
    )
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    yield Finding(
        "load",
        f"{units.percent(load, 0)} of the cores in the last minute",
        load <= LOAD_TOLERATED,
        "end other work first",
    )
    yield pace(environment.calibration())


def quota(allowed: float | None, cores: int) -> Finding:
    return Finding(
        "processor quota",
        "none visible here" if allowed is None else f"{allowed:.3g} cores",
        allowed is None or allowed >= cores,
        "raise it: a process over its quota stands still in the midst of a request",
    )


def memory(installed: int | None, limit: int | None, available: int | None) -> Finding:
    """What there is, what a control group allows of it, and what nobody uses now."""
    known = [size for size in (installed, limit, available) if size is not None]
    parts = [units.size(installed) if installed is not None else "unknown"]
    if limit is not None and (installed is None or limit < installed):
        parts.append(f"limited to {units.size(limit)}")
    if available is not None:
        parts.append(f"{units.size(available)} available")
    enough = not known or min(known) >= MEMORY_NEEDED
    return Finding("memory", ", ".join(parts), enough, "the default profile takes up to 4 GiB")


def pace(calibration: Mapping[str, Any]) -> Finding:
    """The host's speed: the same figure that every run keeps."""
    time_s, variation, share = (calibration[name] for name in ("reference_s", "variation", "processor_share"))
    return Finding(
        "pace",
        f"a reference request in {units.seconds(time_s)}, varying by {units.percent(variation)}, on a processor "
        f"{units.percent(share, 0)} of the time",
        variation is None or variation <= VARIATION_TOLERATED,
        "the machine is faster and slower by turns; end other work, or measure elsewhere",
    )


def _servers() -> Iterator[Finding]:
    """The servers' programs, or the user's own servers."""
    from perflab.servers.disk.find import Programs, find_postgres, find_valkey
    from perflab.servers.disk.home import open_home
    from perflab.servers.external import VARIABLE as DATABASE
    from perflab.servers.supervision.users import server_user
    from perflab.servers.valkey import VARIABLE as CACHE

    try:
        home, user = open_home(), server_user()
    except PerflabError as error:
        yield Finding("state folder", str(error), False, required=True)
        return
    finders: tuple[tuple[str, str, Callable[[], Programs]], ...] = (
        ("PostgreSQL", DATABASE, lambda: find_postgres(home, user)),
        ("cache server", CACHE, lambda: find_valkey(home, user)[1]),
    )
    for name, variable, find in finders:
        if os.environ.get(variable):
            yield Finding(name, f"yours, by {variable}", True, required=True)
            continue
        try:
            found = find()
        except PerflabError as error:
            remedy = "only projects on SQLite can be measured" if name == "PostgreSQL" else ""
            yield Finding(name, str(error), False, remedy, required=True)
        else:
            yield Finding(name, f"{found.version_text} ({found.source})", True, required=True)


def clock_resolution_s(readings: int = 1000) -> float:
    """The smallest step that the monotonic clock was seen to make, not the one that it promises."""
    smallest = float("inf")
    before = time.perf_counter_ns()
    for _ in range(readings):
        now = time.perf_counter_ns()
        if now > before:
            smallest = min(smallest, now - before)
        before = now
    return smallest * 1e-9


def stolen_share(watch_s: float = 0.5) -> float | None:
    """The share of time that the host took from this machine while we watched; None where nobody counts it."""
    before = _cpu_times()
    if before is None:
        return None
    time.sleep(watch_s)
    after = _cpu_times()
    assert after is not None
    spent = [b - a for a, b in zip(before, after, strict=True)]
    return spent[7] / sum(spent) if sum(spent) else 0.0


def _cpu_times() -> list[int] | None:
    """Ticks spent in: user nice system idle iowait irq softirq steal."""
    if sys.platform != "linux":
        return None
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    times = [int(word) for word in words[1:9]]
    return times if len(times) == 8 else None


def _cpus() -> Path:
    return Path("/sys/devices/system/cpu")
