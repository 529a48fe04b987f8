"""Findings about how a project uses its cache: lookups in a loop, times to live that are too short, deletes of other keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.caching.finding import cache_finding
from perflab.analysis.caching.ledger import CacheRow
from perflab.analysis.places import place
from perflab.run.cells import ALL
from perflab.run.records import Finding
from perflab.run.scenario import scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import clock, listed, seconds

# How many lookups one line makes in a request, each by itself, before they are a finding.
MIN_LOOKUPS = 10
# How many requests have to come too late for a time to live before it is a finding, and which share of all that repeat.
MIN_EXPIRED, MIN_SHARE = 5, 0.5
# Two keys are of one kind if they share this part of their words; numbers are left out, as they name the thing.
ALIKE = 0.5
REQUEST = ["round", "step", "endpoint"]
WORD = re.compile(r"[a-z]+", re.IGNORECASE)


def repeated_lookups(operations: pd.DataFrame) -> Iterator[Finding]:
    """Yield `repeated_lookup` for each endpoint and line that looks up many entries in one request, one by one.

    Args:
        operations: The cache operations of the checks of all_on.
    """
    if "together" not in operations.columns:
        return
    single = rows_where(operations, name="get", together=False)
    times = single.groupby([*REQUEST, "source"], dropna=False, as_index=False).agg(
        times=("key", "size"), keys=("key", "nunique"), first=("key", "first")
    )
    many = times[(times["times"] >= MIN_LOOKUPS).to_numpy(bool)]
    for (endpoint, source), group in many.groupby(["endpoint", "source"], dropna=False, sort=True):
        most = group.sort_values("times").iloc[-1]
        number, keys = int(most["times"]), int(most["keys"])
        where = place(source)
        what = f"{number:,} entries" if keys == number else f"{keys:,} entries {number:,} times" if keys > 1 else ""
        looked_up = f"looks up {what} in the cache one by one" if what else f"looks up the same entry {number:,} times"
        instead = "one get_many would fetch them together" if keys > 1 else "once would do"
        yield cache_finding(
            "repeated_lookup",
            str(endpoint),
            f"{endpoint} {looked_up} in a request{where}; {instead}.",
            len(group),
            group,
            key=most["first"],
            lookups=number,
        )


def short_lived(rows: Sequence[CacheRow]) -> Iterator[Finding]:
    """Yield `ttl_short` for each endpoint most of whose entries expire before they are requested again.

    Where each endpoint has too few requests to tell, but all together have enough, it is one finding, of the worst.

    Args:
        rows: The cache ledger.
    """
    cached = [row for row in rows if row.endpoint != ALL and row.repeats and row.ttl_s]
    late = [row for row in cached if row.expired > MIN_SHARE * row.repeats]
    certain = [row for row in late if row.expired >= MIN_EXPIRED]
    for row in certain:
        yield _too_short(row, row.endpoint, row.expired, row.repeats)
    expired, repeats = sum(row.expired for row in cached), sum(row.repeats for row in cached)
    if late and not certain and expired >= MIN_EXPIRED and expired > MIN_SHARE * repeats:
        worst = max(late, key=lambda row: row.expired)
        yield _too_short(worst, f"{worst.endpoint}, like other endpoints,", expired, repeats)


def _too_short(row: CacheRow, subject: str, expired: int, repeats: int) -> Finding:
    longest = max(float(ttl) for ttl in row.ttl_s)
    sentence = (
        f"{subject} stores its responses for {seconds(longest) if longest < 60 else clock(longest)}, too short for this "
        f"traffic: {expired:,} of {repeats:,} requests that repeat an earlier one, with the same response, come later than that."
    )
    return cache_finding("ttl_short", row.endpoint, sentence, expired, ttl_s=longest, repeats=repeats)


def in_vain(operations: pd.DataFrame, rows: Sequence[CacheRow], scenario: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield `delete_in_vain` for each write none of whose deleted keys is of a kind that anything stores or looks up.

    Keys of things that this traffic does not request differ from stored ones in a number or a word, and are of the same kind.

    Args:
        operations: The cache operations of the checks of all_on.
        rows: The cache ledger.
        scenario: The scenario as run.json keeps it.
    """
    used = operations[operations["name"].isin(["get", "set"]).to_numpy(bool)]
    kinds = {words_of(key) for key in used["key"].unique()}
    cached = {row.endpoint for row in rows if row.endpoint != ALL and (row.sets or row.declared_cached)}
    endpoints = {endpoint.name: endpoint for endpoint in scenario_endpoints(scenario)}
    for name, group in rows_where(operations, name="delete").groupby("endpoint", sort=True):
        affected = [read for read in endpoints[str(name)].affects if read in cached] if name in endpoints else []
        keys = list(group["key"].unique())
        if not affected or any(_is_alike(words_of(key), kind) for key in keys for kind in kinds):
            continue
        stored = rows_where(used, name="set")
        stored = stored[stored["endpoint"].isin(affected).to_numpy(bool)]
        elsewhere = (
            f"; the response of {stored.iloc[0]['endpoint']} is under {stored.iloc[0]['key']}" if len(stored) else ""
        )
        number = "a key" if len(keys) == 1 else f"{len(keys):,} keys"
        sentence = (
            f"{name} deletes {number} from the cache that no request ever stores or looks up ({listed(keys[:2])}): nothing "
            f"is invalidated{elsewhere}."
        )
        yield cache_finding("delete_in_vain", str(name), sentence, len(group), group)


def words_of(key: Any) -> frozenset[str]:
    """Return the words of a key: `:1:user_5_payments` has user and payments.

    Args:
        key: The key as it is on the server.
    """
    return frozenset(WORD.findall(str(key).lower()))


def _is_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two keys share half of their words; a key without a word is like any."""
    if not one or not other:
        return True
    return len(one & other) >= ALIKE * max(len(one), len(other))
