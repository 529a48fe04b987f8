"""The cache ledger: how each endpoint uses the cache with all factors on, what that saves, and what it costs.

Counts and times are those of the measured requests; sizes and times to live come from the checks, whose operations are
recorded one by one. What a hit saves is known from the same Step in the cell in which only the caches are off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.caching.no_cache import AgainstNoCache, against_no_cache
from perflab.analysis.caching.not_counted import keys_of, not_counted
from perflab.analysis.effects.mix import COLD_S, starts_cold
from perflab.analysis.responses.answers import steps_of
from perflab.analysis.stats.intervals import share_interval
from perflab.analysis.stats.pairs import Bools, Floats, Pairs
from perflab.analysis.stats.values import number
from perflab.run.cells import ALL, everything_on
from perflab.run.scenario import cache_factors, scenario_endpoints
from perflab.run.tables import rows_where

REQUEST_OF = ["round", "endpoint", "method", "path", "body", "who"]
# The share of the requests with hits alone whose response nobody computed before, above which a cache keeps no responses.
MAX_ELSEWHERE = 0.5
COUNTS = {"hits": "cache_hits", "misses": "cache_misses", "sets": "cache_sets", "deletes": "cache_deletes"}


@dataclass(frozen=True, slots=True)
class HitRate:
    """The share of lookups that hit, with its interval over rounds; None if nothing was looked up."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class CacheRow:
    """How an endpoint uses the cache with all factors on; what is unknown is None.

    Attributes:
        endpoint: The endpoint's name; ALL for those that look something up.
        declared_cached: Whether the scenario declares it as cached.
        requests: The number of measured requests.
        gets: The number of lookups.
        hits: How many of them hit.
        misses: How many of them did not.
        sets: The number of entries stored.
        deletes: The number of entries deleted.
        hit_rate: Hits per lookup; 0 where responses are declared cached and nothing is looked up.
        after_write_rate: The same, of requests that a write affected.
        cold_rate: The same, of a round's first minute.
        warm_rate: The same, after it.
        repeats: The number of requests, of the warm-up as well, whose response had been computed before in the round and was
            still the same.
        expired: How many of these came later after the previous one than the longest time to live.
        best_rate: The share of requests whose response had been computed before in the round and was still the same: no correct
            cache of responses has more hits. None where the cache keeps objects that responses are made from.
        saved_s: The seconds that a hit saves, compared with the cell without caches.
        miss_cost: The ratio of a miss's time to that in the cell without caches.
        deletes_per_request: Deletes per request.
        entry_bytes: The median size of an entry, as stored.
        raw_bytes: The same before compression.
        ttl_s: The times to live, in seconds or `for ever`.
        personal: Whether the same request gets each caller another response.
        could_expire: Whether a round's traffic was long enough for an entry to expire.
        stale: The number of responses from before a write.
        cross_user_leak: The number of another user's responses.
        served: The share of requests that the cache alone served: they hit, did not miss, and made no query.
        not_counted: The keys in the checks whose hits do not count, with # for numbers: the project counts in them, or replaces
            them in the request that found them.
    """

    endpoint: str
    declared_cached: bool
    requests: int
    gets: int
    hits: int
    misses: int
    sets: int
    deletes: int
    hit_rate: HitRate
    after_write_rate: float | None
    cold_rate: float | None
    warm_rate: float | None
    repeats: int
    expired: int
    best_rate: float | None
    saved_s: AgainstNoCache | None
    miss_cost: AgainstNoCache | None
    deletes_per_request: float | None
    entry_bytes: float | None
    raw_bytes: float | None
    ttl_s: Sequence[str | float]
    personal: bool
    could_expire: bool | None
    stale: int
    cross_user_leak: int
    served: HitRate = field(default_factory=HitRate)
    not_counted: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the row as summary.json has it."""
        return asdict(self)


def ledger(
    pairs: Pairs,
    trace: pd.DataFrame,
    operations: pd.DataFrame,
    answers: pd.DataFrame,
    scenario: Mapping[str, Any],
    factors: Sequence[str],
    confidence: float = 0.95,
) -> list[CacheRow]:
    """Return a row for ALL, and one for each endpoint that has to do with the cache.

    These used it with all factors on, are declared as `cached`, or write what such an endpoint reads.

    Args:
        pairs: The samples with the warm-up, which fills the caches.
        trace: The run's Steps.
        operations: The cache operations of the checks.
        answers: The responses that differ, as `answers.changed` returns them.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
        confidence: The confidence of intervals.
    """
    cell = everything_on(factors)
    optimised = pairs.of_cells((cell,))
    if not optimised.cells or not pairs.steps or not set(COUNTS.values()) <= set(pairs.samples.columns):
        return []
    steps = steps_of(pairs, trace, optimised.codes("response_digest")[:, 0], scenario)
    before = steps.groupby(REQUEST_OF, dropna=False, observed=True, sort=False)[["digest", "at_s"]].shift()
    steps = steps.assign(
        measured=(pairs.of_steps("phase") == "measured").to_numpy(bool, na_value=False),
        # Whether the previous response to the same request in its round was the same one, and the seconds since then.
        known_before=((before["digest"] == steps["digest"]) & (steps["digest"] >= 0)).to_numpy(bool),
        gap_s=steps["at_s"] - before["at_s"],
        traffic=(pairs.of_steps("phase") != "check").to_numpy(bool, na_value=False),
    )
    measured = steps["measured"].to_numpy(bool)
    counted = {name: np.nan_to_num(optimised.values(column)[:, 0]) for name, column in COUNTS.items()}
    of_endpoints = {
        name: (steps["endpoint"] == name).to_numpy(bool) for name in sorted(steps["endpoint"].dropna().unique())
    }
    used = {name for name, own in of_endpoints.items() if any(v[measured & own].any() for v in counted.values())}
    endpoints = scenario_endpoints(scenario)
    declared = {endpoint.name for endpoint in endpoints if endpoint.cached}
    asking = declared | {
        name for name in used if (counted["hits"] + counted["misses"])[measured & of_endpoints[name]].any()
    }
    dropping = {endpoint.name for endpoint in endpoints if endpoint.writes and asking & set(endpoint.affects)}
    hits, misses = (counted[name][measured] for name in ("hits", "misses"))
    tables = _Tables(
        pairs, steps, counted, declared, confidence,
        sets=rows_where(operations, cell=cell, name="set"),
        not_counted=not_counted(operations, cell),
        queries=optimised.values("query_count")[:, 0] if pairs.measures("query_count") else None,
        became=rows_where(answers, cell=cell),
        compared=against_no_cache(pairs.where(measured), hits, misses, scenario, factors),
        round_s=_round_s(steps),
        cold=starts_cold(steps["at_s"].to_numpy(float), scenario),
    )  # fmt: skip
    rows = [tables.row(name, own) for name, own in of_endpoints.items() if name in used | declared | dropping]
    every = steps["endpoint"].isin(asking).to_numpy(bool)
    return [tables.row(ALL, every), *rows] if rows or cache_factors(scenario) else []


@dataclass(frozen=True)
class _Tables:
    """Everything that the ledger's rows are made from: per Step, and of the checks."""

    pairs: Pairs
    steps: pd.DataFrame
    counted: Mapping[str, Floats]
    declared: set[str]
    confidence: float
    sets: pd.DataFrame
    not_counted: pd.DataFrame
    queries: Floats | None
    became: pd.DataFrame
    compared: Mapping[str, Mapping[str, AgainstNoCache]]
    round_s: float | None
    cold: bool

    def row(self, endpoint: str, own: Bools) -> CacheRow:
        """Return the row of one endpoint, or of ALL that use the cache; `own` is a mask of its Steps."""
        hits, lookups = self.counted["hits"], self.counted["hits"] + self.counted["misses"]
        wanted = own & self.steps["measured"].to_numpy(bool)
        sums = {name: int(values[wanted].sum()) for name, values in self.counted.items()}
        requests = int(wanted.sum())
        at_s = self.steps["at_s"].to_numpy(float)
        after_write = self.steps["affected_by"].notna().to_numpy(bool)
        entries = self.sets if endpoint == ALL else rows_where(self.sets, endpoint=endpoint)
        became = self.became if endpoint == ALL else rows_where(self.became, endpoint=endpoint)
        left_out = self.not_counted if endpoint == ALL else rows_where(self.not_counted, endpoint=endpoint)
        computed_before = self.steps["known_before"].to_numpy(bool)
        again = own & self.steps["traffic"].to_numpy(bool) & computed_before
        leaked = int((became["class"] == "cross_user_leak").sum())
        served = wanted & (hits > 0) & (hits == lookups)
        # A response that nobody computed before is not what hit: these are objects, which responses are made from.
        elsewhere = not leaked and bool((served & ~computed_before).sum() > MAX_ELSEWHERE * served.sum())
        ttl_s = sorted({"for ever" if pd.isna(ttl) else float(ttl) for ttl in entries["ttl_s"]}, key=str)
        return CacheRow(
            endpoint=endpoint,
            declared_cached=endpoint in self.declared,
            requests=requests,
            gets=sums["hits"] + sums["misses"],
            **sums,
            hit_rate=self._hit_rate(endpoint, wanted),
            served=self._served(wanted),
            after_write_rate=_share(hits, lookups, wanted & after_write),
            cold_rate=_share(hits, lookups, wanted & (at_s < COLD_S)) if self.cold else None,
            warm_rate=_share(hits, lookups, wanted & (at_s >= COLD_S)) if self.cold else None,
            repeats=int(again.sum()),
            expired=_expired(self.steps["gap_s"].to_numpy(float)[again], ttl_s),
            best_rate=None
            if elsewhere or not self.cold or not requests
            else float((wanted & computed_before).sum()) / requests,
            saved_s=self.compared["hits"].get(endpoint),
            miss_cost=self.compared["misses"].get(endpoint),
            deletes_per_request=sums["deletes"] / requests if requests else None,
            entry_bytes=_median(entries, "bytes"),
            raw_bytes=_median(entries, "raw_bytes"),
            ttl_s=ttl_s,
            personal=bool(self.steps["personal"].to_numpy(bool)[own].any()),
            could_expire=_could_expire(ttl_s, self.round_s),
            stale=int((became["class"] == "stale").sum()),
            cross_user_leak=leaked,
            not_counted=keys_of(left_out["key"]),
        )

    def _hit_rate(self, endpoint: str, wanted: Bools) -> HitRate:
        """Return hits per lookup; per request where none looked anything up in spite of a declaration."""
        hits, lookups = self.counted["hits"], self.counted["hits"] + self.counted["misses"]
        declared = bool(self.declared) if endpoint == ALL else endpoint in self.declared
        if declared and not lookups[wanted].any():
            lookups = np.ones(len(lookups))
        return _rate(hits, lookups, wanted, self.pairs, self.confidence)

    def _served(self, wanted: Bools) -> HitRate:
        """Return the share of requests that were served from the cache."""
        if self.queries is None:
            return HitRate()
        recorded = np.isfinite(self.queries)
        served = (self.counted["hits"] > 0) & (self.counted["misses"] == 0) & (self.queries == 0)
        every = recorded.astype(np.float64)
        return _rate(served * every, every, wanted, self.pairs, self.confidence)


def _median(entries: pd.DataFrame, column: str) -> float | None:
    """Return the median of what is known; a run of an earlier version may lack the column."""
    return number(entries[column].median()) if column in entries.columns and entries[column].notna().any() else None


def _round_s(steps: pd.DataFrame) -> float | None:
    """Return the trace time of the longest round in seconds: to its last measured Step, the checks left out."""
    at_s = steps["at_s"][steps["measured"]]
    return number(at_s.max()) if len(at_s) else None


def _could_expire(ttl_s: Sequence[str | float], round_s: float | None) -> bool | None:
    """Return whether an entry can have reached its time to live; None where no time to live was seen."""
    if not ttl_s or round_s is None:
        return None
    return any(not isinstance(ttl, str) and ttl <= round_s for ttl in ttl_s)


def _expired(gaps_s: Floats, ttl_s: Sequence[str | float]) -> int:
    """Return after how many of these gaps an entry has expired, whichever of the times to live it had."""
    if not ttl_s or any(isinstance(ttl, str) for ttl in ttl_s):
        return 0
    return int((gaps_s > max(map(float, ttl_s))).sum())


def _share(hits: Floats, lookups: Floats, wanted: Bools) -> float | None:
    tried = lookups[wanted].sum()
    return float(hits[wanted].sum() / tried) if tried else None


def _rate(hits: Floats, lookups: Floats, wanted: Bools, pairs: Pairs, confidence: float) -> HitRate:
    """Return the share of all lookups that hit, with its interval over rounds."""
    rounds = pairs.round_of[wanted]
    hit, tried = (np.bincount(rounds, weights=v[wanted], minlength=pairs.rounds) for v in (hits, lookups))
    rate = share_interval(hit, tried, confidence)
    if rate is None:
        return HitRate()
    return HitRate(rate.estimate, rate.low, rate.high, rate.rounds)
