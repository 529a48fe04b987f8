"""A simulation of requests and a cache: the oracle that the closed form of hit rates is held against.

It draws requests as a trace does and counts hits, from empty caches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perflab.analysis.caching.cacheable import CacheableEndpoint, Invalidation
from perflab.analysis.stats.pairs import Bools, Floats, Ints


def simulated(
    endpoints: Sequence[CacheableEndpoint],
    rate_per_s: float,
    zipf: float,
    users: int,
    warm: int,
    measured: int,
    times: int = 200,
    seed: int = 1,
) -> float:
    """The share of lookups that hit in rounds of so many requests, from empty caches, those of the warm-up not counted."""
    rng = np.random.default_rng(seed)
    hits = lookups = 0.0
    for endpoint in endpoints:
        events = _drawn(endpoint, rng, users, zipf, (warm + measured) * times, (warm + measured) / rate_per_s, times)
        counted = ~events.changed & (events.at_s >= warm / rate_per_s)
        hits += endpoint.lookups * float((found_again(events, endpoint.ttl_s) & counted).sum())
        lookups += endpoint.lookups * float(counted.sum())
    return hits / lookups if lookups else float("nan")


@dataclass(frozen=True)
class Events:
    """Reads and changes in any order: of which thing, with which value, when; `changed` are the changes, of all values."""

    thing: Ints
    value: Ints
    at_s: Floats
    changed: Bools


def _drawn(
    endpoint: CacheableEndpoint,
    rng: np.random.Generator,
    users: int,
    zipf: float,
    requests: int,
    round_s: float,
    rounds: int,
) -> Events:
    """The events of endpoint endpoint in so many rounds, each with things of its own."""
    weights = np.cumsum(np.arange(1, users + 1, dtype=np.float64) ** -zipf)

    def things(number: int, popular: bool) -> Ints:
        thing = rng.integers(rounds, size=number)
        for _ in range(endpoint.rows):
            drawn = rng.random(number)
            row = np.searchsorted(weights, drawn * weights[-1]) if popular else (drawn * users).astype(np.int64)
            thing = thing * users + np.minimum(row, users - 1)
        return thing

    number = rng.poisson(requests * endpoint.free)
    value = np.minimum(np.searchsorted(np.cumsum(endpoint.shares), rng.random(number)), len(endpoint.shares) - 1)
    parts = [(things(number, True), value, rng.random(number) * round_s, np.zeros(number, dtype=bool))]
    for change in endpoint.invalidations:
        number = rng.poisson(requests * change.share * change.things)
        thing, at_s = things(number, change.popular), rng.random(number) * round_s
        parts.append((thing, np.zeros(number, dtype=np.int64), at_s, np.ones(number, dtype=bool)))
        again = _reads_after(change, number, rng)
        after = int(again.sum())
        zeros = np.zeros(after, dtype=np.int64)
        parts.append((np.repeat(thing, again), zeros, np.repeat(at_s, again), zeros.astype(bool)))
    return Events(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _reads_after(change: Invalidation, number: int, rng: np.random.Generator) -> Ints:
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
