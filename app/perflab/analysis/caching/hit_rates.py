"""The hit rate that other traffic would have: more or less of it, and more or less alike.

Two ways to the same figure. `simulated` draws requests as the trace does and counts hits, from empty caches, over as many
requests as a run's rounds had: it can be held against what was measured. `steady` is what that simulation comes to once caches
are warm, exactly and at once: an entry lives until its time is up or a write makes it old, and is missing until somebody asks
(Jung, Berger & Balakrishnan, "Modeling TTL-based Internet caches", INFOCOM 2003, with writes added). A test holds both together.

Both take reads, writes and what they are about for independent Poisson processes with the scenario's weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.caching.cacheable import Change, Kept, kept
from perflab.analysis.scope import names_in_scope
from perflab.analysis.stats.pairs import Bools, Floats, Ints
from perflab.run.cells import ALL

COLUMNS = ("rate_per_s", "zipf", "hit_rate")
# The lines: from and to so many times the scenario's rate, or as far as the claim asks for, and its Zipf exponent with one
# to either side.
SPAN, POINTS, ASIDE = (0.01, 200.0), 53, 0.4
# Traffic without an end, in which no entry gets old by itself.
ENDLESS = 1e9
TIMES = 200
BINS = 2000
SEED = 1


@dataclass(frozen=True)
class HitRates:
    """What is drawn and said. `lines` are COLUMNS, in steady state; `here` is that at the scenario's own rate and exponent.

    `measured` with its interval, and `simulated`, are over the run's own rounds of `round_s` from empty caches. `crossing` is
    the rate at which `bound` is reached; None where `ceiling`, which no traffic goes beyond, is lower, or nothing was claimed.
    `after_writes`: the share of lookups that follow a write to what they ask for.
    """

    lines: pd.DataFrame
    rate_per_s: float
    zipf: float
    here: float
    measured: float | None
    low: float | None
    high: float | None
    simulated: float
    round_s: float
    bound: float | None
    crossing: float | None
    ceiling: float
    after_writes: float


def hit_rates(summary: Mapping[str, Any], scenario: Mapping[str, Any], trace: pd.DataFrame) -> HitRates | None:
    """For the endpoints that the claim of the hit rate is about; without a claim for all that look something up.

    None where the traffic, the trace or a time to live is not known. Takes about 0.1 s.
    """
    traffic = scenario.get("traffic") or {}
    claim = next((c for c in summary.get("claims") or [] if c["metric"] == "cache_hit_rate"), None)
    cache = summary.get("cache") or []
    if not {"rate_per_s", "zipf", "active_users"} <= set(traffic) or not len(trace):
        return None
    found = kept(scenario, cache, trace, names_in_scope(scenario, claim["scope"] if claim else None))
    if not sum(one.lookups for one in found):
        return None
    rate, zipf, users = float(traffic["rate_per_s"]), float(traffic["zipf"]), int(traffic["active_users"])
    at_most = float(steady(found, np.array([rate * ENDLESS]), zipf, users)[0])
    bound = float(claim["bound"]) if claim and claim["direction"] == "at_least" else None
    crossing = None if bound is None or at_most < bound else _crossing(found, bound, rate, zipf, users)
    ends = [rate * SPAN[0], rate * SPAN[1], *([crossing / 2, crossing * 2] if crossing else [])]
    rates = np.geomspace(min(ends), max(ends), POINTS)
    exponents = sorted({max(0.0, zipf - ASIDE), zipf, zipf + ASIDE})
    lines = [
        pd.DataFrame({"rate_per_s": rates, "zipf": exponent, "hit_rate": steady(found, rates, exponent, users)})
        for exponent in exponents
    ]
    warm, measured = _length(trace)
    return HitRates(
        lines=pd.concat(lines, ignore_index=True),
        rate_per_s=rate,
        zipf=zipf,
        here=float(steady(found, np.array([rate]), zipf, users)[0]),
        **_measured(claim, cache),
        simulated=simulated(found, rate, zipf, users, warm, measured),
        round_s=(warm + measured) / rate,
        bound=bound,
        crossing=crossing,
        ceiling=at_most,
        after_writes=_after_writes(found),
    )


def _measured(claim: Mapping[str, Any] | None, cache: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """What the run found of the same endpoints: the claim's estimate, or the ledger's for ALL."""
    row = claim or next((one["hit_rate"] for one in cache if one["endpoint"] == ALL), {})
    return {name: row.get(key) for name, key in (("measured", "estimate"), ("low", "low"), ("high", "high"))}


def _length(trace: pd.DataFrame) -> tuple[int, int]:
    """How many requests of warm-up and how many measured ones a round has, on average; checks come after and do not count."""
    rounds = trace["round"].nunique()
    measured = (trace["phase"] == "measured").to_numpy(bool, na_value=False)
    first = trace["round"].map(trace[measured].groupby("round")["step"].min())
    before = (trace["step"] < first).to_numpy(bool, na_value=False)
    return round(before.sum() / rounds), round(measured.sum() / rounds)


def _after_writes(found: Sequence[Kept]) -> float:
    """The share of lookups that ask for what a write has just made old."""
    old = sum(one.lookups * sum(c.share * min(c.things, c.reads) for c in one.changes) for one in found)
    return float(old / sum(one.lookups * (one.free + _reads(one)) for one in found))


def _reads(one: Kept) -> float:
    """The reads that follow writes at once, as a share of all requests."""
    return sum(change.share * change.reads for change in one.changes)


def _crossing(found: Sequence[Kept], bound: float, rate: float, zipf: float, users: int) -> float:
    """The rate at which the hit rate, which rises with it, reaches the bound."""
    rates = rate * np.geomspace(1 / ENDLESS, ENDLESS, 901)
    return float(np.exp(np.interp(bound, steady(found, rates, zipf, users), np.log(rates))))


def steady(found: Sequence[Kept], rates: Floats, zipf: float, users: int) -> Floats:
    """The share of lookups that hit at each rate, in steady state."""
    hits, lookups = np.zeros(len(rates)), np.zeros(len(rates))
    for one in found:
        hits += _hits(one, rates, zipf, users) * one.lookups
        lookups += rates * (one.free + _reads(one)) * one.lookups
    return hits / lookups


def _hits(one: Kept, rates: Floats, zipf: float, users: int) -> Floats:
    """Hits a second at each rate: for every thing, how often it is asked for, times how likely it is kept just then."""
    hits = rates * sum(change.share * max(0.0, change.reads - change.things) for change in one.changes)
    if not one.ttl_s:
        return np.zeros(len(rates))
    if not one.free:
        return hits
    chance, number = popularity(users, zipf, one.rows)
    rate = rates[:, None]
    changed, again = (rate * _changes(one, chance, number, read_back) for read_back in (False, True))
    spent = changed * one.ttl_s
    with np.errstate(divide="ignore", invalid="ignore"):
        lives = np.where(spent > 1e-9, -np.expm1(-spent) / changed, one.ttl_s)
        unread = np.where(changed > 0, (changed - again) / changed, 1.0)
    for place, share in enumerate(one.shares):
        asked = rate * one.free * share * chance
        # Made old by a write that has it read back it is kept again at once; else it is missing until somebody asks.
        read_back = again if place == 0 else 0.0
        ends = np.exp(-spent) + -np.expm1(-spent) * (unread if place == 0 else 1.0)
        missing = ends / (asked + read_back)
        hits = hits + (number * asked * lives / (lives + missing)).sum(axis=1)
    return hits


def _changes(one: Kept, chance: Floats, number: Floats, read_back: bool) -> Floats:
    """How often each thing is changed, per request; or changed and read back at once."""
    found = np.zeros_like(chance)
    for change in one.changes:
        times = change.share * (min(change.reads, change.things) if read_back else change.things)
        found = found + times * (chance if change.popular else 1 / number.sum())
    return found


def popularity(users: int, zipf: float, rows: int) -> tuple[Floats, Floats]:
    """How likely a thing made of so many rows is the one that is asked for, and how many things are as likely."""
    one = np.arange(1, users + 1, dtype=np.float64) ** -zipf
    one /= one.sum()
    chance, number = np.ones(1), np.ones(1)
    for _ in range(rows):
        chance, number = _binned(np.outer(chance, one).ravel(), np.repeat(number, users))
    return chance, number


def _binned(chance: Floats, number: Floats) -> tuple[Floats, Floats]:
    """Things of almost the same chance together, where there are very many; the chances still add up to 1."""
    if len(chance) <= 2 * BINS:
        return chance, number
    logs = np.log(chance)
    place = np.digitize(logs, np.linspace(logs.min(), logs.max(), BINS))
    counted = np.bincount(place, weights=number).astype(np.float64)
    there = counted > 0
    return np.bincount(place, weights=number * chance)[there] / counted[there], counted[there]


def simulated(
    found: Sequence[Kept],
    rate_per_s: float,
    zipf: float,
    users: int,
    warm: int,
    measured: int,
    times: int = TIMES,
    seed: int = SEED,
) -> float:
    """The share of lookups that hit in rounds of so many requests, from empty caches, those of the warm-up not counted."""
    rng = np.random.default_rng(seed)
    hits = lookups = 0.0
    for one in found:
        events = _drawn(one, rng, users, zipf, (warm + measured) * times, (warm + measured) / rate_per_s, times)
        counted = ~events.changed & (events.at_s >= warm / rate_per_s)
        hits += one.lookups * float((found_again(events, one.ttl_s) & counted).sum())
        lookups += one.lookups * float(counted.sum())
    return hits / lookups if lookups else float("nan")


@dataclass(frozen=True)
class Events:
    """Reads and changes in any order: of which thing, with which value, when; `changed` are the changes, of all values."""

    thing: Ints
    value: Ints
    at_s: Floats
    changed: Bools


def _drawn(
    one: Kept, rng: np.random.Generator, users: int, zipf: float, requests: int, round_s: float, rounds: int
) -> Events:
    """The events of one endpoint in so many rounds, each with things of its own."""
    weights = np.cumsum(np.arange(1, users + 1, dtype=np.float64) ** -zipf)

    def things(number: int, popular: bool) -> Ints:
        thing = rng.integers(rounds, size=number)
        for _ in range(one.rows):
            drawn = rng.random(number)
            row = np.searchsorted(weights, drawn * weights[-1]) if popular else (drawn * users).astype(np.int64)
            thing = thing * users + np.minimum(row, users - 1)
        return thing

    number = rng.poisson(requests * one.free)
    value = np.minimum(np.searchsorted(np.cumsum(one.shares), rng.random(number)), len(one.shares) - 1)
    parts = [(things(number, True), value, rng.random(number) * round_s, np.zeros(number, dtype=bool))]
    for change in one.changes:
        number = rng.poisson(requests * change.share * change.things)
        thing, at_s = things(number, change.popular), rng.random(number) * round_s
        parts.append((thing, np.zeros(number, dtype=np.int64), at_s, np.ones(number, dtype=bool)))
        again = _reads_after(change, number, rng)
        after = int(again.sum())
        zeros = np.zeros(after, dtype=np.int64)
        parts.append((np.repeat(thing, again), zeros, np.repeat(at_s, again), zeros.astype(bool)))
    return Events(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _reads_after(change: Change, number: int, rng: np.random.Generator) -> Ints:
    """How many reads follow each of so many changes: on average as many as were seen, and always a whole number."""
    each = change.reads / change.things if change.things else 0.0
    return np.asarray(int(each) + (rng.random(number) < each % 1), dtype=np.int64)


def found_again(events: Events, ttl_s: float) -> Bools:
    """Which events are reads that hit: kept since a read before, not changed since, and for less than `ttl_s`.

    A miss keeps the answer from then on; a hit does not keep it longer. A change comes before the reads of the same moment.
    """
    hit = np.zeros(len(events.thing), dtype=bool)
    order = np.lexsort((~events.changed, events.at_s, events.thing))
    version = np.cumsum(events.changed[order])
    order, version = order[~events.changed[order]], version[~events.changed[order]]
    if not len(order) or not ttl_s:
        return hit
    by_value = np.lexsort((events.at_s[order], version, events.value[order], events.thing[order]))
    order, version = order[by_value], version[by_value]
    same = [np.diff(column) == 0 for column in (events.thing[order], events.value[order], version)]
    group = np.concatenate([[0], np.cumsum(~(same[0] & same[1] & same[2]))])
    at_s = events.at_s[order]
    place = group * (2 * at_s.max() + 1) + at_s
    missed = np.flatnonzero(np.diff(group, prepend=-1))
    hit[order] = True
    hit[order[missed]] = False
    while len(missed) and ttl_s <= at_s.max():
        due = np.searchsorted(place, place[missed] + ttl_s)
        missed, due = missed[due < len(place)], due[due < len(place)]
        missed = due[group[due] == group[missed]]
        hit[order[missed]] = False
    return hit
