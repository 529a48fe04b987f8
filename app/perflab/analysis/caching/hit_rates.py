"""The hit rate that other traffic would have: more or less of it, and more or less concentrated on popular things.

A closed form of the steady state, reached once caches are warm: an entry lives until its time to live is over or a write
invalidates it, and is missing until the next request for it (Jung, Berger & Balakrishnan, "Modeling TTL-based Internet
caches", INFOCOM 2003, with writes added). Reads, writes and what they are about are taken to be independent Poisson processes
with the scenario's weights; popularity follows Zipf's law (Breslau et al., "Web caching and Zipf-like distributions", INFOCOM
1999). The tests hold the closed form against a simulation of requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.caching.cacheable import CacheableEndpoint, cacheable_endpoints
from perflab.analysis.scope import names_in_scope
from perflab.analysis.stats.pairs import Floats
from perflab.run.cells import ALL
from perflab.run.records import ClaimResult
from perflab.run.summary import Summary, warm_s

COLUMNS = ("rate_per_s", "zipf", "hit_rate")
# The range of rates that is drawn, relative to the scenario's; it is extended to the rate that a claim takes.
SPAN, POINTS = (0.01, 200.0), 53
# The distance of the two other Zipf exponents that are drawn from the scenario's own.
ZIPF_STEP = 0.4
# So many times the scenario's rate is as good as infinite: no entry expires.
UNLIMITED = 1e9
MAX_BINS = 2000


@dataclass(frozen=True)
class HitRates:
    """The modelled hit rates, beside the measured one.

    Attributes:
        lines: A table of COLUMNS: the steady-state hit rate by requests per second and Zipf exponent.
        rate_per_s: The scenario's requests per second.
        zipf: The scenario's Zipf exponent.
        here: The steady-state hit rate at the scenario's own rate and exponent.
        measured: The run's hit rate over rounds of `round_s`, after `warm_s`; None if unknown.
        low: The lower end of its interval.
        high: The upper end of its interval.
        round_s: The length of a round's traffic in seconds.
        warm_s: The length of the traffic before it; 0 if rounds start with empty caches.
        bound: The hit rate that is claimed; None without such a claim.
        crossing: The requests per second at which the bound is reached; None if it is never reached, or nothing is claimed.
        ceiling: The hit rate that no amount of traffic exceeds.
        after_writes: The share of lookups that follow a write to what they look up.
    """

    lines: pd.DataFrame
    rate_per_s: float
    zipf: float
    here: float
    measured: float | None
    low: float | None
    high: float | None
    round_s: float
    bound: float | None
    crossing: float | None
    ceiling: float
    after_writes: float
    warm_s: float = 0.0


def hit_rates(summary: Summary, scenario: Mapping[str, Any], trace: pd.DataFrame) -> HitRates | None:
    """Return the modelled hit rates of the endpoints that the claim on the hit rate is about, else of all that use a cache.

    Args:
        summary: The run's summary, for its claims and its cache ledger.
        scenario: The scenario as run.json keeps it.
        trace: The run's Steps.

    Returns:
        None where the traffic, the trace or a time to live is unknown.
    """
    traffic = scenario.get("traffic") or {}
    claim = next((claim for claim in summary.claims if claim.metric == "cache_hit_rate"), None)
    if not {"rate_per_s", "zipf", "active_users"} <= set(traffic) or not len(trace):
        return None
    endpoints = cacheable_endpoints(
        scenario, summary.cache, trace, names_in_scope(scenario, claim.scope if claim else None)
    )
    if not sum(endpoint.lookups for endpoint in endpoints):
        return None
    rate, zipf, users = float(traffic["rate_per_s"]), float(traffic["zipf"]), int(traffic["active_users"])
    ceiling = float(steady(endpoints, np.array([rate * UNLIMITED]), zipf, users)[0])
    bound = float(claim.bound) if claim and claim.direction == "at_least" else None
    crossing = None if bound is None or ceiling < bound else _crossing(endpoints, bound, rate, zipf, users)
    ends = [rate * SPAN[0], rate * SPAN[1], *([crossing / 2, crossing * 2] if crossing else [])]
    rates = np.geomspace(min(ends), max(ends), POINTS)
    exponents = sorted({max(0.0, zipf - ZIPF_STEP), zipf, zipf + ZIPF_STEP})
    lines = [
        pd.DataFrame({"rate_per_s": rates, "zipf": exponent, "hit_rate": steady(endpoints, rates, exponent, users)})
        for exponent in exponents
    ]
    return HitRates(
        lines=pd.concat(lines, ignore_index=True),
        rate_per_s=rate,
        zipf=zipf,
        here=float(steady(endpoints, np.array([rate]), zipf, users)[0]),
        **_measured(claim, summary.cache),
        round_s=_requests_per_round(trace) / rate,
        bound=bound,
        crossing=crossing,
        ceiling=ceiling,
        after_writes=_after_writes(endpoints),
        warm_s=warm_s(summary.environment),
    )


def _measured(claim: ClaimResult | None, cache: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Return the run's hit rate of the same endpoints: the claim's estimate, or the cache ledger's for ALL."""
    if claim is not None:
        return {"measured": claim.estimate, "low": claim.low, "high": claim.high}
    row: Mapping[str, Any] = next((row["hit_rate"] for row in cache if row["endpoint"] == ALL), {})
    return {name: row.get(key) for name, key in (("measured", "estimate"), ("low", "low"), ("high", "high"))}


def _requests_per_round(trace: pd.DataFrame) -> float:
    """Return the mean number of requests of a round, warm-up included and checks excluded."""
    traffic = int((trace["phase"] != "check").sum())
    return traffic / trace["round"].nunique()


def _after_writes(endpoints: Sequence[CacheableEndpoint]) -> float:
    """Return the share of lookups of what a write has just invalidated."""
    invalid = sum(e.lookups * sum(w.share * min(w.things, w.reads) for w in e.invalidations) for e in endpoints)
    return float(invalid / sum(e.lookups * (e.free + e.read_back) for e in endpoints))


def _crossing(endpoints: Sequence[CacheableEndpoint], bound: float, rate: float, zipf: float, users: int) -> float:
    """Return the requests per second at which the hit rate, which rises with them, reaches the bound."""
    rates = rate * np.geomspace(1 / UNLIMITED, UNLIMITED, 901)
    return float(np.exp(np.interp(bound, steady(endpoints, rates, zipf, users), np.log(rates))))


def steady(endpoints: Sequence[CacheableEndpoint], rates: Floats, zipf: float, users: int) -> Floats:
    """Return the share of lookups that hit in steady state, at each rate.

    Args:
        endpoints: The endpoints whose lookups count.
        rates: Requests per second of the whole traffic, one or more.
        zipf: The exponent of the popularity of rows; 0 is uniform.
        users: How many rows of each model are in use.

    Returns:
        Shares of the shape of `rates`.
    """
    hits, lookups = np.zeros(len(rates)), np.zeros(len(rates))
    for endpoint in endpoints:
        hits += _hits(endpoint, rates, zipf, users) * endpoint.lookups
        lookups += rates * (endpoint.free + endpoint.read_back) * endpoint.lookups
    return hits / lookups


def _hits(endpoint: CacheableEndpoint, rates: Floats, zipf: float, users: int) -> Floats:
    """Return the hits per second at each rate: the request rate of each thing, times the probability that it is cached."""
    hits = rates * sum(write.share * max(0.0, write.reads - write.things) for write in endpoint.invalidations)
    if not endpoint.ttl_s:
        return np.zeros(len(rates))
    if not endpoint.free:
        return hits
    chance, number = popularity(users, zipf, endpoint.rows)
    rate = rates[:, None]
    changed, again = (rate * _changes(endpoint, chance, number, read_back) for read_back in (False, True))
    spent = changed * endpoint.ttl_s
    with np.errstate(divide="ignore", invalid="ignore"):
        lives = np.where(spent > 1e-9, -np.expm1(-spent) / changed, endpoint.ttl_s)
        unread = np.where(changed > 0, (changed - again) / changed, 1.0)
    for place, share in enumerate(endpoint.shares):
        requested = rate * endpoint.free * share * chance
        # A write that is read back puts the new entry there at once; else it is missing until the next request.
        read_back = again if place == 0 else 0.0
        ends = np.exp(-spent) + -np.expm1(-spent) * (unread if place == 0 else 1.0)
        missing = ends / (requested + read_back)
        hits = hits + (number * requested * lives / (lives + missing)).sum(axis=1)
    return hits


def _changes(endpoint: CacheableEndpoint, chance: Floats, number: Floats, read_back: bool) -> Floats:
    """Return how often each thing is changed, per request; with `read_back` only the changes that are read back at once."""
    total = np.zeros_like(chance)
    for write in endpoint.invalidations:
        times = write.share * (min(write.reads, write.things) if read_back else write.things)
        total = total + times * (chance if write.popular else 1 / number.sum())
    return total


def popularity(users: int, zipf: float, rows: int) -> tuple[Floats, Floats]:
    """Return how likely each thing is to be requested, where a thing is named by `rows` rows drawn by Zipf's law.

    Args:
        users: How many rows there are to draw from.
        zipf: The exponent.
        rows: How many rows name one thing.

    Returns:
        Probabilities, and how many things have each of them; their products add up to 1.
    """
    single = np.arange(1, users + 1, dtype=np.float64) ** -zipf
    single /= single.sum()
    chance, number = np.ones(1), np.ones(1)
    for _ in range(rows):
        chance, number = _binned(np.outer(chance, single).ravel(), np.repeat(number, users))
    return chance, number


def _binned(chance: Floats, number: Floats) -> tuple[Floats, Floats]:
    """Return things of almost the same probability together, where there are very many; probabilities still add up to 1."""
    if len(chance) <= 2 * MAX_BINS:
        return chance, number
    logs = np.log(chance)
    place = np.digitize(logs, np.linspace(logs.min(), logs.max(), MAX_BINS))
    counted = np.bincount(place, weights=number).astype(np.float64)
    is_used = counted > 0
    return np.bincount(place, weights=number * chance)[is_used] / counted[is_used], counted[is_used]
