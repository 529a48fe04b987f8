"""What is wrong with a cache, by its ledger and by the operations of the checks: each finding named by its class.

What bytes saved are worth hangs on a network and on memory that the lab does not know. So compression is only called a loss
where it would be one almost anywhere: see `_compression`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.responses.findings import STEPS
from perflab.analysis.stats.values import plain
from perflab.run.cells import ALL, OPTIMISED
from perflab.run.scenario import scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import listed, seconds, size

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
    counted: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Every finding about the caches of all_on; `rows` are the ledger's, `operations` those of the checks, `counted` the counters
    of the burst (see `burst.counters`).

    `cache_never_read`: what is said to be cached is not looked up, or what is kept is never found though it could be.
    `cache_unbounded`: entries that stay for ever, or another key each time for the same request, which is then never found.
    `invalidation_before_commit`: an entry is deleted inside a transaction, so that a read in between brings the old one back.
    `counter_race`: a value is read and written back, so that of two at once one is lost; or counts were lost in the burst.
    `compression_loss`: entries that are hardly smaller, or cost more time to compress than the bytes saved take to travel.
    """
    mine = rows_where(operations, cell=OPTIMISED)
    factors = [factor["name"] for factor in scenario.get("factors") or [] if factor.get("kind") == "cache"]
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    fresh = [*_fresh_keys(mine, trace)]
    explained = {
        one["endpoint"] for one in fresh
    }  # what has another key each time is never found: one finding, by its cause
    never = [one for one in _never_read(rows) if one["endpoint"] not in explained]
    every = [*never, *_for_ever(mine), *fresh, *_before_commit(mine), *_races(mine, counted), *_compression(mine)]
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
        example = {**operations.iloc[0][["key", "source"]], "cell": OPTIMISED, **example}
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


def _for_ever(operations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    entries = operations[((operations["name"] == "set") & operations["ttl_s"].isna()).to_numpy(bool)]
    for endpoint, group in entries.groupby("endpoint", sort=True):
        sentence = f"{endpoint} keeps entries for ever: they have no time to live."
        yield _finding("cache_unbounded", str(endpoint), sentence, len(group), group)


def _fresh_keys(operations: pd.DataFrame, trace: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Endpoints that never keep the same request's answer under the same key; what they keep for ever is told already."""
    sets = rows_where(operations, name="set")
    for endpoint, group in sets.groupby("endpoint", sort=True):
        asked = group.merge(trace[["round", "step", "method", "path", "body", "user"]], on=["round", "step"])
        keys = asked.groupby(["round", "method", "path", "body", "user"], dropna=False)["key"]
        again = keys.agg(["nunique", "size"])
        fresh = again[(again["size"] > 1) & (again["nunique"] == again["size"])]
        every = len(fresh) == int((again["size"] > 1).sum())
        if len(fresh) and every and group["ttl_s"].notna().all() and not _found(operations, str(endpoint)):
            sentence = (
                f"{endpoint} keeps the same request's answer under another key each time, and finds none of them again."
            )
            yield _finding("cache_unbounded", str(endpoint), sentence, len(fresh), asked)


def _found(operations: pd.DataFrame, endpoint: str) -> bool:
    """Whether any lookup of the endpoint hit."""
    mine = rows_where(operations, endpoint=endpoint)
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


def _races(operations: pd.DataFrame, counted: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Where the checks saw a count written back, and where the burst lost some: one finding for an endpoint."""
    written = dict(_written_back(operations))
    lost: dict[str, list[Mapping[str, Any]]] = {}
    for row in counted:
        if row["lost"]:
            lost.setdefault(str(row["endpoint"]), []).append(row)
    for endpoint in sorted({*written, *lost}):
        rows, counters = written.get(endpoint, []), lost.get(endpoint, [])
        said, keys = [], sorted({str(row["key"]) for row in rows or counters})
        if rows:
            said.append(
                f"{endpoint} reads {listed(keys[:3])} from the cache and writes it back: of two requests at once one is not "
                "counted."
            )
        if counters:
            numbers = f"{sum(row['due'] for row in counters):,} counts {sum(row['lost'] for row in counters):,}"
            where = "Of" if rows else f"{endpoint} counts in {listed(keys[:3])}: of"
            said.append(f"{where} {numbers} were lost when {_worded(counters[0]['workers'])} workers counted at once.")
        count = len(rows) or sum(row["lost"] for row in counters)
        of_checks = pd.DataFrame(rows) if rows else None
        more = {} if rows else {"key": keys[0], "source": None}
        yield _finding("counter_race", endpoint, " ".join(said), count, of_checks, **more)


def _worded(number: int) -> str:
    return "four" if number == 4 else str(number)


def _written_back(operations: pd.DataFrame) -> Iterator[tuple[str, list[dict[Any, Any]]]]:
    """Per endpoint each set of a key that was found in the same request; what was missing and then set is how caching goes."""
    racing: dict[str, list[dict[Any, Any]]] = {}
    request = ["round", "step", "endpoint"]
    hits = operations[(operations["name"] == "get").to_numpy(bool) & operations["hit"].fillna(False).to_numpy(bool)]
    sets = rows_where(operations, name="set")
    both = sets.merge(hits[[*request, "key"]].drop_duplicates(), on=[*request, "key"])[request].drop_duplicates()
    # Only requests that do both with one key are looked at one by one: mostly there is none.
    for (_, _, endpoint), group in operations.merge(both, on=request).groupby(request, sort=True):
        found: set[str] = set()
        for row in group.to_dict("records"):
            if row["name"] == "get" and row["hit"] is True:
                found.add(row["key"])
            elif row["name"] == "set" and row["key"] in found:
                racing.setdefault(str(endpoint), []).append(row)
    yield from racing.items()


def _compression(operations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Endpoints whose median entry is less than 10% smaller for being compressed, or takes too long.

    Too long: to compress it once and to decompress it once takes longer than the bytes saved would take to the server and
    back at 100 Mbit/s. That is asked of the endpoint's entries, and of all entries of the cache as well: one setting holds for
    all of them, and what small ones lose may be what large ones gain.
    """
    columns = ["bytes", "raw_bytes", "pack_s", "unpack_s"]
    if not set(columns) <= set(operations.columns):
        return
    entries = rows_where(operations, name="set").dropna(subset=columns)
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
        sizes = {"raw_bytes": raw, "bytes": stored, "seconds": spent_s}
        yield _finding("compression_loss", str(endpoint), sentence, len(group), group, **sizes)


def _too_slow(entries: pd.DataFrame) -> bool:
    """Whether compressing costs more time than the bytes it saves take on a slow network, there and back."""
    if entries.empty:
        return False
    spent_s = entries["pack_s"].sum() + entries["unpack_s"].sum()
    return bool(spent_s > 2 * (entries["raw_bytes"] - entries["bytes"]).sum() * S_PER_BYTE)
