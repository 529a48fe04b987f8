"""The cacheable-endpoint model, from a scenario, its trace and the cache ledger.

How often an endpoint is requested and for how many things, how long it caches a response, and how often writes invalidate one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from perflab.run.scenario import Endpoint, scenario_endpoints

UNLIMITED_S = 1e12  # a time to live without an end, as a number
PLACEHOLDER = re.compile(r"\{(\w+)\}")
REQUEST = ["method", "path", "body", "who"]


@dataclass(frozen=True)
class Invalidation:
    """What one kind of write does to the cached responses of an endpoint.

    Attributes:
        share: The write's share of all requests.
        things: How many things one write invalidates.
        reads: How many reads of these follow a write at once.
        popular: Whether writes go to what is often read; else to all things alike.
    """

    share: float
    things: float
    reads: float
    popular: bool


@dataclass(frozen=True)
class CacheableEndpoint:
    """One endpoint whose responses are cached.

    Attributes:
        endpoint: Its name.
        free: Its reads that follow no write, as a share of all requests.
        lookups: Cache lookups per read.
        ttl_s: The time to live in seconds; 0 if nothing is stored.
        rows: How many rows, each drawn by popularity, name what is requested.
        shares: The shares of the combinations of values from lists that name it as well, first the one read back after a write.
        invalidations: What writes do to it; a write invalidates the responses to all values of a thing.
    """

    endpoint: str
    free: float
    lookups: float
    ttl_s: float
    rows: int
    shares: tuple[float, ...]
    invalidations: tuple[Invalidation, ...]

    @property
    def read_back(self) -> float:
        """The reads that follow writes at once, as a share of all requests."""
        return sum(write.share * write.reads for write in self.invalidations)


def cacheable_endpoints(
    scenario: Mapping[str, Any],
    cache: Sequence[Mapping[str, Any]],
    trace: pd.DataFrame,
    scope: Sequence[str] | None = None,
) -> list[CacheableEndpoint]:
    """Return the reading endpoints that look something up in a cache.

    Writes are left out, because their requests do not tell what they look up. Requests are distributed by the scenario's
    weights, which include reads after writes, as in a trace.

    Args:
        scenario: The scenario as run.json keeps it.
        cache: The cache ledger.
        trace: The run's Steps.
        scope: The names of the endpoints to look at; None for all.

    Returns:
        An empty list where a time to live is unknown.
    """
    endpoints = {endpoint.name: endpoint for endpoint in scenario_endpoints(scenario)}
    total = sum(endpoint.weight for endpoint in endpoints.values())
    reads = {name for name, endpoint in endpoints.items() if not endpoint.writes and (scope is None or name in scope)}
    rows = [row for row in cache if row["gets"] and row["endpoint"] in reads]
    if not total or any(row["sets"] and not row["ttl_s"] for row in rows):
        return []
    back = _read_back(trace, {str(row["endpoint"]) for row in rows if row["personal"]})
    return [_modelled(row, endpoints, total, back) for row in rows]


def _modelled(
    row: Mapping[str, Any],
    endpoints: Mapping[str, Endpoint],
    total: float,
    back: Mapping[tuple[str, str], tuple[float, float]],
) -> CacheableEndpoint:
    name = str(row["endpoint"])
    endpoint = endpoints[name]
    named = _names(endpoint, bool(row["personal"]))
    invalidations = []
    for write in endpoints.values():
        if name in write.affects:
            things, reads = back.get((write.name, name), (1.0, 1.0))
            popular = bool(named & {source for source in write.params.values() if isinstance(source, str)})
            invalidations.append(Invalidation(write.weight / total, things, reads, popular))
    after_writes = sum(write.share * write.reads for write in invalidations)
    return CacheableEndpoint(
        endpoint=name,
        free=max(0.0, endpoint.weight / total - after_writes),
        lookups=row["gets"] / row["requests"],
        ttl_s=_ttl_s(row) if row["sets"] else 0.0,
        rows=_rows(endpoint.params, named),
        shares=_shares(
            [source for param, source in endpoint.params.items() if param in named and isinstance(source, list)]
        ),
        invalidations=tuple(invalidations),
    )


def _ttl_s(row: Mapping[str, Any]) -> float:
    """Return the time to live in seconds, the shortest of several."""
    return min(UNLIMITED_S if isinstance(ttl, str) else float(ttl) for ttl in row["ttl_s"])


def _names(endpoint: Endpoint, personal: bool) -> set[str]:
    """Return the parameters that distinguish responses, and their sources: path's and body's, and the caller's if personal."""
    names = set(PLACEHOLDER.findall(f"{endpoint.path}{json.dumps(endpoint.body)}"))
    if personal and endpoint.caller:
        names.add(endpoint.caller)
    return names | {endpoint.params[name] for name in names if isinstance(endpoint.params.get(name), str)}


def _rows(params: Mapping[str, Any], named: set[str]) -> int:
    """Return how many rows those parameters come from: one per model, and the n-th row for the n-th use of a field."""
    uses: Counter[str] = Counter()
    rows = set()
    for param, source in params.items():
        if isinstance(source, str):
            if param in named:
                rows.add((source.rpartition(".")[0], uses[source]))
            uses[source] += 1
    return len(rows)


def _shares(lists: Sequence[Sequence[Any]]) -> tuple[float, ...]:
    """Return the shares of all combinations of values, the first of each list first."""
    shares = [[n / len(some) for n in Counter(map(str, some)).values()] for some in lists]
    return tuple(prod(combination) for combination in product(*shares))


def _read_back(trace: pd.DataFrame, personal: set[str]) -> dict[tuple[str, str], tuple[float, float]]:
    """Return, by write and read: how many things one write affects, and how many reads of them follow it in the traffic.

    Checks read everything back that a write affects, so they tell what that is; a trace without them has the traffic alone. The
    first requests of a warm-up are one of each endpoint, and no traffic.
    """
    is_check, is_traffic = np.zeros(len(trace), dtype=bool), np.ones(len(trace), dtype=bool)
    if "phase" in trace.columns:
        is_check, is_traffic = ((trace["phase"] == phase).to_numpy(bool) for phase in ("check", "measured"))
    things = {pair: things for pair, (things, _) in _after_writes(trace, personal).items()}
    things |= {pair: things for pair, (things, _) in _after_writes(trace[is_check], personal).items()}
    traffic = _after_writes(trace[is_traffic], personal)
    made = set(trace["endpoint"][is_traffic].astype(str))
    reads = {pair: 0.0 if pair[0] in made else 1.0 for pair in things} | {pair: n for pair, (_, n) in traffic.items()}
    return {pair: (things[pair], reads[pair]) for pair in things}


def _after_writes(trace: pd.DataFrame, personal: set[str]) -> dict[tuple[str, str], tuple[float, float]]:
    """Return, by write and read: how many things one write has read back, and by how many reads."""
    steps = trace.astype({"endpoint": object, "affected_by": "float64"})
    after = steps[steps["affected_by"].notna()]
    writes = steps[["round", "step", "endpoint"]].rename(columns={"step": "affected_by", "endpoint": "write"})
    reads = after.merge(writes.astype({"affected_by": "float64"}), on=["round", "affected_by"])
    reads["who"] = reads["user"].where(reads["endpoint"].isin(personal), None)
    different = reads.drop_duplicates(["round", "affected_by", "endpoint", *REQUEST])
    number = Counter(steps["endpoint"])
    all_, things = (Counter(zip(rows["write"], rows["endpoint"], strict=True)) for rows in (reads, different))
    return {
        (write, read): (things[write, read] / number[write], n / number[write]) for (write, read), n in all_.items()
    }
