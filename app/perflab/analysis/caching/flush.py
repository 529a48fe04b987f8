"""What a flush costs: how long caches stay cold, and what their misses take more than hits would.

The hit rate after a flush is that of the warm-up, which began with empty caches. What a miss costs is from the measured requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from perflab.analysis.stats.pairs import Floats, Pairs
from perflab.run.cells import OPTIMISED

COLUMNS = ("until_s", "requests", "lookups", "hit_rate")
# The hit rate is looked at in so many pieces, each of the same length of traffic.
POINTS = 24
# Warm is what is this close to the hit rate of the last quarter.
NEAR = 0.05
# So many hits and so many misses of an endpoint tell what a miss of it costs.
MIN_REQUESTS = 5
# The endpoints of which that is known must have this share of all misses.
MIN_SHARE = 0.5
MIN_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Flush:
    """Hold the cost of a flush.

    Attributes:
        until_s: How long caches are cold, in seconds of the traffic.
        requests: How many requests there are in that time.
        misses: How many lookups more miss in it than with warm caches.
        miss_s: What a miss takes more than a hit of the same endpoint, in seconds of service time.
        low: The lower end of its interval.
        high: The upper end of its interval.
        extra_s: The service time of all these misses, in seconds.
        slowdown: By which share the mean service time is higher until then.
    """

    until_s: float
    requests: int
    misses: float
    miss_s: float
    low: float | None
    high: float | None
    extra_s: float
    slowdown: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as summary.json has it."""
        return asdict(self)


def points(parts: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the hit rate in pieces of the same length of traffic, with the columns COLUMNS; no row without a lookup.

    Args:
        parts: The parts of the warm-up, as run.json has them.
    """
    names = ["until_s", "requests", "hits", "misses"]
    table = pd.DataFrame([dict(part) for part in parts], columns=names).fillna({"requests": 0})
    if table.empty or not table[["hits", "misses"]].to_numpy().sum():
        return pd.DataFrame(columns=list(COLUMNS))
    place = (table["until_s"] * POINTS // (table["until_s"].iloc[-1] * 1.0001)).astype(int)
    sums = {"until_s": "max", "requests": "sum", "hits": "sum", "misses": "sum"}
    pieces = table.groupby(place, sort=True).agg(sums)
    lookups = pieces["hits"] + pieces["misses"]
    rates = pieces.assign(lookups=lookups, hit_rate=pieces["hits"] / lookups)
    return rates.loc[lookups > 0, list(COLUMNS)].reset_index(drop=True)


def rate_of(pieces: pd.DataFrame) -> float:
    """Return the share of lookups that hit in some pieces."""
    return float((pieces["hit_rate"] * pieces["lookups"]).sum() / pieces["lookups"].sum())


def warm_rate(pieces: pd.DataFrame) -> float:
    """Return the hit rate of warm caches: that of the last quarter."""
    return rate_of(pieces[-max(1, len(pieces) // 4) :])


def cold_of(pieces: pd.DataFrame) -> pd.DataFrame:
    """Return the pieces in which caches are cold; none where empty caches make no difference."""
    below = pieces["until_s"][pieces["hit_rate"] < warm_rate(pieces) - NEAR]
    return pieces[pieces["until_s"] <= (below.iloc[-1] if len(below) else -1.0)]


def flush(
    pairs: Pairs, parts: Sequence[Mapping[str, Any]], confidence: float = 0.95, cell: str = OPTIMISED
) -> Flush | None:
    """Return what a flush costs; None where that is unknown, or cannot be told from nothing.

    Args:
        pairs: The measured samples.
        parts: The parts of the warm-up, as run.json has them.
        confidence: The confidence of the interval, 0..1.
        cell: The cell with everything on.
    """
    pieces = points(parts)
    if pieces.empty or cell not in pairs.cells or not all(map(pairs.measures, ("cache_hits", "cache_misses"))):
        return None
    cold = cold_of(pieces)
    optimised = pairs.of_cells((cell,))
    latency, hits, misses = (optimised.values(name)[:, 0] for name in ("latency_s", "cache_hits", "cache_misses"))
    estimate = _miss_s(pairs, latency, hits, misses, confidence)
    if cold.empty or estimate is None:
        return None
    miss_s, low, high = estimate
    if (miss_s if low is None else low) <= 0:  # a cache that is no faster than what it saves
        return None
    more = float((cold["lookups"] * (warm_rate(pieces) - cold["hit_rate"])).sum())
    requests = int(cold["requests"].sum())
    mean_s = float(np.nanmean(latency))
    if more <= 0 or not requests or not mean_s:
        return None
    extra_s = more * miss_s
    return Flush(
        float(cold["until_s"].iloc[-1]), requests, more, miss_s, low, high, extra_s, extra_s / requests / mean_s
    )


def _miss_s(
    pairs: Pairs, latency: Floats, hits: Floats, misses: Floats, confidence: float
) -> tuple[float, float | None, float | None] | None:
    """Return what a miss takes more than a hit of the same endpoint, with its jackknife interval over rounds.

    Args:
        pairs: The measured samples.
        latency: The service time of each Step with everything on, in seconds.
        hits: Its lookups that hit.
        misses: Its lookups that missed.
        confidence: The confidence of the interval, 0..1.
    """
    looking = np.isfinite(latency) & ((hits > 0) | (misses > 0))
    codes = [pd.factorize(pairs.of_steps(name))[0][looking] for name in ("round", "endpoint")]
    codes.append((misses[looking] > 0).astype(np.int64))
    shape = (*(int(code.max(initial=-1)) + 1 for code in codes[:2]), 2)
    if not shape[0]:
        return None
    place, size = np.ravel_multi_index(codes, shape), int(np.prod(shape))
    # For each round, endpoint, and whether it missed: the requests, their service time, their misses.
    sums = np.stack(
        [np.bincount(place, values, size).reshape(shape) for values in (None, latency[looking], misses[looking])]
    )
    whole = _weighted(sums.sum(axis=1))
    if whole is None:
        return None
    rounds = shape[0]
    without = [_weighted(sums.sum(axis=1) - sums[:, number]) for number in range(rounds)]
    if rounds < MIN_ROUNDS or None in without:
        return whole, None, None
    left = np.array(without, dtype=float)
    error = float(np.sqrt((rounds - 1) / rounds * ((left - left.mean()) ** 2).sum()))
    reach = float(special.stdtrit(rounds - 1, 0.5 + confidence / 2)) * error
    return whole, whole - reach, whole + reach


def _weighted(sums: Floats) -> float | None:
    """Return the mean over endpoints of what a miss takes more, weighted by misses; None where too little is known.

    Args:
        sums: For each endpoint, and whether a request missed: the requests, their service time, their misses.
    """
    n, latency, misses = sums[..., 1]
    hit_n, hit_latency, _ = sums[..., 0]
    both = (n >= MIN_REQUESTS) & (hit_n >= MIN_REQUESTS)
    weights = misses[both]
    if not both.any() or weights.sum() < MIN_SHARE * misses.sum():
        return None
    more = latency[both] - n[both] * hit_latency[both] / hit_n[both]
    return float(more.sum() / weights.sum())
