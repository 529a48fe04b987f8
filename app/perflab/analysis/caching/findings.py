"""Findings about caches, by the cache ledger and by the operations of the checks, each named by its class.

What saved bytes are worth depends on a network and on memory that this run does not know. Compression is therefore only
called a loss where it would be one almost anywhere: see `_compression`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from perflab.analysis.caching.finding import cache_finding
from perflab.analysis.caching.ledger import CacheRow
from perflab.analysis.caching.lookups import in_vain, repeated_lookups, short_lived
from perflab.analysis.places import place
from perflab.run.cells import ALL
from perflab.run.records import Finding
from perflab.run.scenario import cache_factors, fullest_cell, scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import listed, seconds, size

# The classes of the findings of this module, of lookups.py, counts.py and concurrency.py.
CLASSES = (
    "cache_never_read", "cache_unbounded", "invalidation_before_commit", "counter_race", "compression_loss",
    "cache_counts_disagree", "repeated_lookup", "ttl_short", "delete_in_vain", "serialised",
)  # fmt: skip
# How often a request has to repeat with the same response before the cache that never had it is a finding.
MIN_CHANCES = 3
# A median entry has to become smaller by this share, or compressing it saves nothing.
MIN_SAVED = 0.1
# Seconds that a byte takes to the server, or back, on a network slower than any that a cache is used over (100 Mbit/s).
S_PER_BYTE = 8 / 100e6


def of_cache(
    rows: Sequence[CacheRow],
    operations: pd.DataFrame,
    trace: pd.DataFrame,
    scenario: Mapping[str, Any],
    counted: Sequence[Mapping[str, Any]] = (),
) -> list[Finding]:
    """Return every finding about the caches of all_on.

    `cache_never_read`: an endpoint is declared as cached and looks nothing up, or entries are never found though they could be.
    `cache_unbounded`: entries without a time to live, or another key each time for the same request, which is then never found.
    `invalidation_before_commit`: an entry is deleted inside a transaction; a read in between restores the old one.
    `counter_race`: a number or a list is read, counted on and written back, so that one of two concurrent changes is lost; or
    the probe lost counts.
    `compression_loss`: entries that are hardly smaller, or take longer to compress than the saved bytes take to travel.
    Those of lookups.py: `repeated_lookup`, `ttl_short`, `delete_in_vain`.

    Args:
        rows: The cache ledger.
        operations: The cache operations of the checks.
        trace: The run's Steps.
        scenario: The scenario as run.json keeps it.
        counted: The counters of the concurrency probe, see `concurrency.counters`.
    """
    cell = fullest_cell(scenario)
    optimised = rows_where(operations, cell=cell)
    factors = cache_factors(scenario)
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    fresh = [*_fresh_keys(optimised, trace)]
    # A counter is no response: nobody is served from it, and it expires on purpose.
    counting = dict(_written_back(optimised))
    short = [*short_lived([row for row in rows if row.endpoint not in counting])]
    explained = {finding.endpoint for finding in (*fresh, *short)}  # a cause is named: no second finding
    findings = [
        *(finding for finding in _never_read(rows, counting) if finding.endpoint not in explained),
        *_without_ttl(optimised), *fresh, *_before_commit(optimised), *_races(optimised, counted), *_compression(optimised),
        *short, *repeated_lookups(optimised), *in_vain(optimised, rows, scenario),
    ]  # fmt: skip
    return [
        replace(
            finding,
            method=methods.get(finding.endpoint or ""),
            factors=factors,
            example={**finding.example, "cell": cell} if "cell" in finding.example else finding.example,
        )
        for finding in findings
    ]


def _never_read(rows: Sequence[CacheRow], counting: Mapping[str, Any]) -> Iterator[Finding]:
    for row in (row for row in rows if row.endpoint != ALL):
        endpoint, chances = row.endpoint, round((row.best_rate or 0) * row.requests)
        if row.declared_cached and not row.gets and row.requests:
            sentence = (
                f"{endpoint} is declared as cached, but none of its {row.requests:,} requests looked anything up in the "
                "cache."
            )
            yield cache_finding("cache_never_read", endpoint, sentence, row.requests)
        elif row.sets and not row.hits and chances >= MIN_CHANCES and endpoint not in counting:
            sentence = (
                f"{endpoint} caches its responses but never reads one back: {chances:,} of {row.requests:,} requests could have "
                "been served from the cache."
            )
            yield cache_finding("cache_never_read", endpoint, sentence, row.sets)


def _without_ttl(operations: pd.DataFrame) -> Iterator[Finding]:
    entries = operations[((operations["name"] == "set") & operations["ttl_s"].isna()).to_numpy(bool)]
    for endpoint, group in entries.groupby("endpoint", sort=True):
        sentence = f"{endpoint} stores entries without a time to live: they never expire."
        yield cache_finding("cache_unbounded", str(endpoint), sentence, len(group), group)


def _fresh_keys(operations: pd.DataFrame, trace: pd.DataFrame) -> Iterator[Finding]:
    """Yield endpoints that never cache the same request's response under the same key; not those of `_without_ttl`."""
    sets = rows_where(operations, name="set")
    for endpoint, group in sets.groupby("endpoint", sort=True):
        requests = group.merge(trace[["round", "step", "method", "path", "body", "user"]], on=["round", "step"])
        keys = requests.groupby(["round", "method", "path", "body", "user"], dropna=False)["key"]
        again = keys.agg(["nunique", "size"])
        fresh = again[(again["size"] > 1) & (again["nunique"] == again["size"])]
        every = len(fresh) == int((again["size"] > 1).sum())
        if len(fresh) and every and group["ttl_s"].notna().all() and not _hits(operations, str(endpoint)):
            sentence = (
                f"{endpoint} caches the same request's response under a different key each time and never finds it."
            )
            yield cache_finding("cache_unbounded", str(endpoint), sentence, len(fresh), requests)


def _hits(operations: pd.DataFrame, endpoint: str) -> bool:
    """Return whether any lookup of the endpoint hit."""
    own = rows_where(operations, endpoint=endpoint)
    return bool(own["hit"].fillna(False).to_numpy(bool).any())


def _before_commit(operations: pd.DataFrame) -> Iterator[Finding]:
    wanted = (operations["name"] == "delete") & operations["in_transaction"].fillna(False)
    for endpoint, group in operations[wanted.to_numpy(bool)].groupby("endpoint", sort=True):
        first = group.iloc[0]
        sentence = (
            f"{endpoint} deletes from the cache before its transaction commits{place(first['source'])}: a read in between "
            "restores the old entry."
        )
        yield cache_finding("invalidation_before_commit", str(endpoint), sentence, len(group), group)


def _races(operations: pd.DataFrame, counted: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield one finding for each endpoint whose counts the checks saw written back, or that lost some in the probe."""
    written = dict(_written_back(operations))
    lost: dict[str, list[Mapping[str, Any]]] = {}
    for row in counted:
        if row["lost"]:
            lost.setdefault(str(row["endpoint"]), []).append(row)
    for endpoint in sorted({*written, *lost}):
        rows, counters = written.get(endpoint, []), lost.get(endpoint, [])
        keys = sorted({str(row["key"]) for row in rows or counters})
        sentences = []
        if rows:
            sentences.append(
                f"{endpoint} reads {listed(keys[:3])} from the cache and writes the new value back, so concurrent "
                "changes can be lost."
            )
        if counters:
            due, missing = (sum(row[name] for row in counters) for name in ("due", "lost"))
            where = "" if rows else f"{endpoint} counts in {listed(keys[:3])}: "
            workers = _in_words(counters[0]["workers"])
            sentences.append(f"{where}{missing:,} of {due:,} increments were lost with {workers} concurrent workers.")
        count = len(rows) or sum(row["lost"] for row in counters)
        of_checks = pd.DataFrame(rows) if rows else None
        more = {} if rows else {"key": keys[0], "source": None}
        yield cache_finding("counter_race", endpoint, " ".join(sentences), count, of_checks, **more)


def _in_words(number: int) -> str:
    return "four" if number == 4 else str(number)


def _written_back(operations: pd.DataFrame) -> Iterator[tuple[str, list[dict[Any, Any]]]]:
    """Yield, by endpoint, each set of what the same request had found and counted on; other values are new versions."""
    if "counts" in operations.columns:  # not in runs of earlier versions
        for endpoint, group in rows_where(operations, counts=True).groupby("endpoint", sort=True):
            yield str(endpoint), group.to_dict("records")


def _compression(operations: pd.DataFrame) -> Iterator[Finding]:
    """Yield endpoints whose median entry becomes less than 10% smaller by compression, or takes too long.

    Too long: to compress and to decompress it takes longer than the saved bytes would take to the server and back at
    100 Mbit/s. This has to be true of the endpoint's entries and of all entries of the cache: one setting applies to all of
    them, and small entries may lose what large ones gain.
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
        spent = f"{seconds(spent_s)} to compress and decompress"
        if stored > raw * (1 - MIN_SAVED):
            why = f"gains little: the median entry has {size(stored)} instead of {size(raw)} and takes {spent}"
        elif whole and _too_slow(group):
            travel = seconds(2 * (raw - stored) * S_PER_BYTE)
            why = (
                f"loses time: the median entry takes {spent}; sending the {size(raw - stored)} saved to the server "
                f"and back at 100 Mbit/s would take {travel}"
            )
        else:
            continue
        sentence = f"{endpoint} compresses its entries but {why}."
        sizes = {"raw_bytes": raw, "bytes": stored, "seconds": spent_s}
        yield cache_finding("compression_loss", str(endpoint), sentence, len(group), group, **sizes)


def _too_slow(entries: pd.DataFrame) -> bool:
    """Return whether compressing takes longer than the saved bytes take on a slow network, there and back."""
    if entries.empty:
        return False
    spent_s = entries["pack_s"].sum() + entries["unpack_s"].sum()
    return bool(spent_s > 2 * (entries["raw_bytes"] - entries["bytes"]).sum() * S_PER_BYTE)
