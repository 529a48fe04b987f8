"""What is used up first: the use of each resource, extrapolated to capacity by the utilisation law (Denning and Buzen, 1978).

A resource's use is proportional to the rate. So its demand per request, from the windows close to capacity, times the rate gives
the use at any rate. Threads that wait for something hold a slot of the server while no processor works; then what they wait for
is named, and not the slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.run.tables.capacity import THREAD_STATES
from perflab.run.tables.declaring import POOL

# A slot that is in use because processors are is not the cause.
CAUSED = 0.85
# What so large a share of the busy threads, or backends, waits for is named.
MAIN = 0.35
PROCESSORS = {
    "app_cpu_s": "the application's CPU",
    "db_cpu_s": "the database's CPU",
    "cache_cpu_s": "the cache server's CPU",
}
GIL, LOCKS, CONNECTIONS, CACHE, DATABASE, WORKERS, GENERATOR = (
    "Python's lock (the GIL): one thread of a process computes at a time",
    "locks in the database: requests wait for each other's rows",
    "the pool of database connections",
    "waiting for the cache server",
    "waiting for the database",
    "the server's workers: requests wait in them, and no processor works",
    "the load generator",
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its name, and how much of it is in use at capacity (1 is all)."""

    name: str
    use: float


def resources(
    windows: pd.DataFrame, requests: pd.DataFrame, rate_per_s: float, server: Mapping[str, Any]
) -> list[Resource]:
    """Return how much of each resource is in use at a rate, the most used one first.

    Args:
        windows: The cell's windows close to capacity.
        requests: Their requests.
        rate_per_s: The rate.
        server: What run.json says of the load test: workers, threads, cores.
    """
    workers, threads, cores = (int(server[name]) for name in ("workers", "threads", "cores"))
    count = max(1, len(requests))

    def used(column: str) -> float:
        """Return what one request demands of a processor."""
        return float(windows[column].astype("float64").sum()) / count

    each = {name: used(column) for column, name in PROCESSORS.items()}
    together = sum(each.values()) * rate_per_s / cores
    largest = max(each, key=lambda name: each[name])
    result = [Resource(largest, together)]
    if threads > 1 and cores > workers:
        result.append(Resource(GIL, used("app_cpu_s") * rate_per_s / workers))
    result.append(Resource(GENERATOR, used("generator_cpu_s") * rate_per_s))
    slots = _slots(windows, requests, rate_per_s, workers * threads, max(r.use for r in result))
    if slots is not None:
        result.append(slots)
    return sorted(result, key=lambda resource: -resource.use)


def _slots(
    windows: pd.DataFrame, requests: pd.DataFrame, rate_per_s: float, slots: int, busy: float
) -> Resource | None:
    """Return the use of the server's slots where something other than a processor keeps them busy.

    Args:
        windows: The windows.
        requests: Their requests.
        rate_per_s: The rate to extrapolate to.
        slots: How many requests the server serves at once.
        busy: The use of the processors at that rate.
    """
    served = requests["served_s"].to_numpy(np.float64, na_value=np.nan)
    if not np.isfinite(served).any():
        return None
    use = float(np.nanmean(served)) * rate_per_s / slots
    if use <= 0 or min(use, 1.0) * CAUSED <= busy:
        return None
    return Resource(_waited_for(windows), use)


def _waited_for(windows: pd.DataFrame) -> str:
    """Return what most of the busy threads wait for."""
    means = {state: float(windows[f"in_{state}"].astype("float64").mean()) for state in THREAD_STATES}
    states = {state: mean for state, mean in means.items() if np.isfinite(mean)}
    every = sum(states.values())
    locks = float(windows["on_locks"].astype("float64").mean())
    if not every > 0:
        return WORKERS
    if locks / every >= MAIN:
        return LOCKS
    named = {POOL: CONNECTIONS, "cache": CACHE, "database": DATABASE}
    state = max(states, key=lambda name: states[name])
    return named[state] if state in named and states[state] / every >= MAIN else WORKERS
