"""What is wrong with a cache, by its ledger and by the operations of the checks: each finding named by its class.

What bytes saved are worth hangs on a network and on memory that the lab does not know. So compression is only called a loss
where it would be one almost anywhere: see `_compression`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.findings import listed
from perflab.analysis.names import ALL, OPTIMISED
from perflab.analysis.values import plain
from perflab.units import seconds, size

# The classes of what is found here and in cache_counts.py.
CLASSES = (
    "cache_never_read", "cache_unbounded", "invalidation_before_commit", "counter_race", "compression_loss",
    "cache_counts_disagree",
)  # fmt: skip
# So many times a request came again and its answer was still the same, and the cache never had it.
LEAST_CHANCES = 3
# A median entry that is less than so much smaller for being compressed saves nothing.
LEAST_SAVED = 0.1
# A network slower than any that a cache is used over (100 Mbit/s): a byte takes so long to the server, and as long back.
S_PER_BYTE = 8 / 100e6


def of_cache(
    rows: Sequence[Mapping[str, Any]],
    operations: pd.DataFrame,
    trace: pd.DataFrame,
    scenario: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Every finding about the caches of all_on; `rows` are the ledger's, `operations` those of the checks.

    `cache_never_read`: what is said to be cached is not looked up, or what is kept is never found though it could be.
    `cache_unbounded`: entries that stay for ever, or another key each time for the same request.
    `invalidation_before_commit`: an entry is deleted inside a transaction, so that a read in between brings the old one back.
    `counter_race`: a value is read and written back, so that of two at once one is lost.
    `compression_loss`: entries that are hardly smaller, or cost more time to compress than the bytes saved take to travel.
    """
    mine = operations[(operations["cell"] == OPTIMISED).to_numpy(bool)]
    factors = [factor["name"] for factor in scenario.get("factors") or [] if factor.get("kind") == "cache"]
    methods = {e["name"]: e["method"] for e in (scenario.get("traffic") or {}).get("endpoints") or []}
    every = [*_never_read(rows), *_unbounded(mine, trace), *_before_commit(mine), *_races(mine), *_compression(mine)]
    found = [{**one, "method": methods.get(one["endpoint"]), "factors": factors, "steps": []} for one in every]
    result: list[dict[str, Any]] = plain(found)
    return result


def _finding(kind: str, endpoint: str, sentence: str, count: int, **example: Any) -> dict[str, Any]:
    return {
        "class": kind,
        "severity": "warning",
        "sentence": sentence,
        "endpoint": endpoint,
        "count": count,
        "example": example,
    }


def _never_read(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in (row for row in rows if row["endpoint"] != ALL):
        endpoint, chances = row["endpoint"], round((row["best_rate"] or 0) * row["requests"])
        if row["said_cached"] and not row["gets"] and row["requests"]:
            sentence = f"{endpoint} is said to be cached, and asked the cache in none of {row['requests']:,} requests."
            yield _finding("cache_never_read", endpoint, sentence, row["requests"])
        elif row["sets"] and not row["hits"] and chances >= LEAST_CHANCES:
            sentence = (
                f"{endpoint} keeps its answers and never finds one: {chances:,} of {row['requests']:,} requests could have been "
                "answered from the cache."
            )
            yield _finding("cache_never_read", endpoint, sentence, row["sets"])


def _unbounded(operations: pd.DataFrame, trace: pd.DataFrame) -> Iterator[dict[str, Any]]:
    sets = operations[(operations["name"] == "set").to_numpy(bool)]
    for endpoint, group in sets.groupby("endpoint", sort=True):
        for_ever = group[group["ttl_s"].isna().to_numpy(bool)]
        if len(for_ever):
            first = for_ever.iloc[0]
            sentence = f"{endpoint} keeps entries for ever: they have no time to live."
            yield _finding("cache_unbounded", str(endpoint), sentence, len(for_ever), key=first["key"], source=first["source"])
            continue
        asked = group.merge(trace[["round", "step", "method", "path", "body", "user"]], on=["round", "step"])
        keys = asked.groupby(["round", "method", "path", "body", "user"], dropna=False)["key"]
        again = keys.agg(["nunique", "size"])
        fresh = again[(again["size"] > 1) & (again["nunique"] == again["size"])]
        if len(fresh) and len(fresh) == int((again["size"] > 1).sum()) and not _found(operations, str(endpoint)):
            sentence = f"{endpoint} keeps the same request's answer under another key each time, and finds none of them again."
            first = asked.iloc[0]
            yield _finding("cache_unbounded", str(endpoint), sentence, len(fresh), key=first["key"], source=first["source"])


def _found(operations: pd.DataFrame, endpoint: str) -> bool:
    """Whether any lookup of the endpoint hit."""
    mine = operations[(operations["endpoint"] == endpoint).to_numpy(bool)]
    return bool(mine["hit"].fillna(False).to_numpy(bool).any())


def _before_commit(operations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    wanted = (operations["name"] == "delete") & operations["in_transaction"].fillna(False)
    for endpoint, group in operations[wanted.to_numpy(bool)].groupby("endpoint", sort=True):
        first = group.iloc[0]
        source = f" (at {first['source']})" if pd.notna(first["source"]) else ""
        sentence = (
            f"{endpoint} deletes from the cache before its transaction is committed{source}: a read in between brings the old "
            "answer back."
        )
        yield _finding(
            "invalidation_before_commit", str(endpoint), sentence, len(group), key=first["key"], source=first["source"]
        )


def _races(operations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """A key that was found and then set in the same request; what was missing and then set is how caching goes."""
    racing: dict[str, list[dict[Any, Any]]] = {}
    for (_, _, endpoint), group in operations.groupby(["round", "step", "endpoint"], sort=True):
        found: set[str] = set()
        for row in group.to_dict("records"):
            if row["name"] == "get" and row["hit"] is True:
                found.add(row["key"])
            elif row["name"] == "set" and row["key"] in found:
                racing.setdefault(str(endpoint), []).append(row)
    for endpoint, rows in racing.items():
        keys = sorted({row["key"] for row in rows})
        sentence = (
            f"{endpoint} reads {listed(keys[:3])} from the cache and writes it back: of two requests at once one is not counted."
        )
        yield _finding("counter_race", endpoint, sentence, len(rows), key=rows[0]["key"], source=rows[0]["source"])


def _compression(operations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Endpoints whose median entry is less than 10% smaller for being compressed, or takes too long.

    Too long: to compress it once and to decompress it once takes longer than the bytes saved would take to the server and
    back at 100 Mbit/s. That is asked of the endpoint's entries, and of all entries of the cache as well: one setting holds for
    all of them, and what small ones lose may be what large ones gain.
    """
    columns = ["bytes", "raw_bytes", "pack_s", "unpack_s"]
    if not set(columns) <= set(operations.columns):
        return
    entries = operations[(operations["name"] == "set").to_numpy(bool)].dropna(subset=columns)
    entries = entries.astype(dict.fromkeys(columns, float))
    whole = _too_slow(entries)
    for endpoint, group in entries.groupby("endpoint", sort=True):
        raw, stored, spent_s = (float(group[c].median()) for c in ("raw_bytes", "bytes", "pack_s"))
        spent_s += float(group["unpack_s"].median())
        spent = f"{seconds(spent_s)} to compress it and to read it again"
        if stored > raw * (1 - LEAST_SAVED):
            why = f"gains little: {size(stored)} instead of {size(raw)} for the median entry, for {spent}"
        elif whole and _too_slow(group):
            travel = seconds(2 * (raw - stored) * S_PER_BYTE)
            why = (
                f"loses time: the median entry takes {spent}; the {size(raw - stored)} that it saves take {travel} to the server "
                "and back at 100 Mbit/s"
            )
        else:
            continue
        sentence = f"{endpoint} compresses what it keeps, and {why}."
        first = group.iloc[0]
        yield _finding(
            "compression_loss", str(endpoint), sentence, len(group), key=first["key"], source=first["source"],
            raw_bytes=raw, bytes=stored, seconds=spent_s,
        )  # fmt: skip


def _too_slow(entries: pd.DataFrame) -> bool:
    """Whether compressing costs more time than the bytes it saves take on a slow network, there and back."""
    if entries.empty:
        return False
    spent_s = entries["pack_s"].sum() + entries["unpack_s"].sum()
    return bool(spent_s > 2 * (entries["raw_bytes"] - entries["bytes"]).sum() * S_PER_BYTE)
