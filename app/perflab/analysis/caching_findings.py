"""What is wrong with a cache, by its ledger and by the operations of the checks: each finding named by its class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.findings import STEPS, listed
from perflab.analysis.names import OPTIMISED
from perflab.analysis.values import plain

# So many times a request came again and its answer was still the same, and the cache never had it.
LEAST_CHANCES = 3


def of_cache(
    rows: Sequence[Mapping[str, Any]],
    operations: pd.DataFrame,
    trace: pd.DataFrame,
    scenario: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Every finding about the caches of all_on; `rows` are the ledger's, `operations` those of the checks.

    `cache_never_read`: what is said to be cached is not looked up, or what is kept is never found though it could be.
    `cache_unbounded`: entries that stay for ever, or another key each time for the same request, which is then never found.
    `invalidation_before_commit`: an entry is deleted inside a transaction, so that a read in between brings the old one back.
    `counter_race`: a value is read and written back, so that of two at once one is lost.
    """
    mine = operations[(operations["cell"] == OPTIMISED).to_numpy(bool)]
    factors = [factor["name"] for factor in scenario.get("factors") or [] if factor.get("kind") == "cache"]
    methods = {e["name"]: e["method"] for e in (scenario.get("traffic") or {}).get("endpoints") or []}
    fresh = [*_fresh_keys(mine, trace)]
    explained = {one["endpoint"] for one in fresh}  # what has another key each time is never found: one finding, by its cause
    never = [one for one in _never_read(rows) if one["endpoint"] not in explained]
    every = [*never, *_for_ever(mine), *fresh, *_before_commit(mine), *_races(mine)]
    found = [{**one, "method": methods.get(one["endpoint"]), "factors": factors} for one in every]
    result: list[dict[str, Any]] = plain(found)
    return result


def _finding(
    kind: str, endpoint: str, sentence: str, count: int, operations: pd.DataFrame | None = None, **example: Any
) -> dict[str, Any]:
    """A finding; `operations` are those that it rests on, if it rests on single ones: the first is its example."""
    steps: list[Any] = []
    if operations is not None:
        steps = operations[["round", "step"]].drop_duplicates().head(STEPS).to_dict("records")
        example = {**operations.iloc[0][["key", "source"]], **example}
    return {
        "class": kind,
        "severity": "warning",
        "sentence": sentence,
        "endpoint": endpoint,
        "count": count,
        "steps": steps,
        "example": example,
    }


def _never_read(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
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


def _for_ever(operations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    entries = operations[((operations["name"] == "set") & operations["ttl_s"].isna()).to_numpy(bool)]
    for endpoint, group in entries.groupby("endpoint", sort=True):
        sentence = f"{endpoint} keeps entries for ever: they have no time to live."
        yield _finding("cache_unbounded", str(endpoint), sentence, len(group), group)


def _fresh_keys(operations: pd.DataFrame, trace: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Endpoints that never keep the same request's answer under the same key; what they keep for ever is told already."""
    sets = operations[(operations["name"] == "set").to_numpy(bool)]
    for endpoint, group in sets.groupby("endpoint", sort=True):
        asked = group.merge(trace[["round", "step", "method", "path", "body", "user"]], on=["round", "step"])
        keys = asked.groupby(["round", "method", "path", "body", "user"], dropna=False)["key"]
        again = keys.agg(["nunique", "size"])
        fresh = again[(again["size"] > 1) & (again["nunique"] == again["size"])]
        every = len(fresh) == int((again["size"] > 1).sum())
        if len(fresh) and every and group["ttl_s"].notna().all() and not _found(operations, str(endpoint)):
            sentence = f"{endpoint} keeps the same request's answer under another key each time, and finds none of them again."
            yield _finding("cache_unbounded", str(endpoint), sentence, len(fresh), asked)


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
        yield _finding("invalidation_before_commit", str(endpoint), sentence, len(group), group)


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
        yield _finding("counter_race", endpoint, sentence, len(rows), pd.DataFrame(rows))
