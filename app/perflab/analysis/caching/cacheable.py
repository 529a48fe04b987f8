"""What makes a cache hit or miss: how often an endpoint is asked and for how many things, how long it keeps an answer, and
how often a write makes one old. From a scenario, its trace and the cache ledger.
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

import pandas as pd

from perflab.run.scenario import writing_endpoints

FOR_EVER_S = 1e12  # a number to reckon with
PLACEHOLDER = re.compile(r"\{(\w+)\}")
REQUEST = ["method", "path", "body", "who"]

Endpoint = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What one kind of write does to the answers of an endpoint.

    `share`: of all requests. Each makes `things` old, and `reads` of them follow at once. `popular`: what is read often is
    written to often; else all things alike.
    """

    share: float
    things: float
    reads: float
    popular: bool


@dataclass(frozen=True)
class Kept:
    """One endpoint whose answers are kept.

    `free`: its reads that follow no write, as a share of all requests; a read makes so many `lookups`. What it is asked for is
    named by `rows`, each drawn by popularity, and by values from lists: `shares` are those of their combinations, first
    that which is read back after a write. A write makes the answers to all values of a thing old. `ttl_s` 0: nothing is kept.
    """

    endpoint: str
    free: float
    lookups: float
    ttl_s: float
    rows: int
    shares: tuple[float, ...]
    changes: tuple[Change, ...]


def kept(
    scenario: Mapping[str, Any],
    cache: Sequence[Mapping[str, Any]],
    trace: pd.DataFrame,
    scope: Sequence[str] | None = None,
) -> list[Kept]:
    """The endpoints that look something up, of some scope; `cache` is the ledger. Empty where a time to live is not known.

    Reads alone: what a write looks up is not known by its request. Requests are shared out by the scenario's weights, the reads
    after writes among them, as a trace does it.
    """
    endpoints = {str(e["name"]): e for e in (scenario.get("traffic") or {}).get("endpoints") or []}
    total = sum(float(e.get("weight") or 0) for e in endpoints.values())
    reads = {name for name in endpoints.keys() - writing_endpoints(scenario) if (scope is None or name in scope)}
    asking = [row for row in cache if row["gets"] and row["endpoint"] in reads]
    if not total or any(row["sets"] and not row["ttl_s"] for row in asking):
        return []
    back = _read_back(trace, {str(row["endpoint"]) for row in asking if row["personal"]})
    return [_kept(row, endpoints, total, back) for row in asking]


def _kept(
    row: Mapping[str, Any],
    endpoints: Mapping[str, Endpoint],
    total: float,
    back: Mapping[tuple[str, str], tuple[float, float]],
) -> Kept:
    name = str(row["endpoint"])
    endpoint = endpoints[name]
    named = _names(endpoint, bool(row["personal"]))
    changes = []
    for write in endpoints.values():
        if name in (write.get("affects") or []):
            things, reads = back.get((str(write["name"]), name), (1.0, 1.0))
            popular = bool(
                named & {source for source in (write.get("params") or {}).values() if isinstance(source, str)}
            )
            changes.append(Change(float(write["weight"]) / total, things, reads, popular))
    after_writes = sum(change.share * change.reads for change in changes)
    params = endpoint.get("params") or {}
    return Kept(
        endpoint=name,
        free=max(0.0, float(endpoint["weight"]) / total - after_writes),
        lookups=row["gets"] / row["requests"],
        ttl_s=_ttl_s(row) if row["sets"] else 0.0,
        rows=_rows(params, named),
        shares=_shares([source for param, source in params.items() if param in named and isinstance(source, list)]),
        changes=tuple(changes),
    )


def _ttl_s(row: Mapping[str, Any]) -> float:
    """The shortest where there are several."""
    return min(FOR_EVER_S if isinstance(ttl, str) else float(ttl) for ttl in row["ttl_s"])


def _names(endpoint: Endpoint, personal: bool) -> set[str]:
    """The params that tell one answer from another, and where they are drawn from: those of path and body, and the caller's
    where each gets an answer of their own.
    """
    text = f"{endpoint.get('path')}{json.dumps(endpoint.get('body'))}"
    found = set(PLACEHOLDER.findall(text)) | ({str(endpoint.get("as"))} if personal else set())
    params = endpoint.get("params") or {}
    return found | {params[name] for name in found if isinstance(params.get(name), str)}


def _rows(params: Mapping[str, Any], named: set[str]) -> int:
    """How many rows those params come from: those of one model from one row, the n-th of the same field from the n-th."""
    seen: Counter[str] = Counter()
    rows = set()
    for param, source in params.items():
        if isinstance(source, str):
            if param in named:
                rows.add((source.rpartition(".")[0], seen[source]))
            seen[source] += 1
    return len(rows)


def _shares(lists: Sequence[Sequence[Any]]) -> tuple[float, ...]:
    """The shares of all combinations of values, the first of each list first."""
    shares = [[n / len(some) for n in Counter(map(str, some)).values()] for some in lists]
    return tuple(prod(combination) for combination in product(*shares))


def _read_back(trace: pd.DataFrame, personal: set[str]) -> dict[tuple[str, str], tuple[float, float]]:
    """By write and read: how many things one write has read back, and by how many reads. Checks tell it, too."""
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
