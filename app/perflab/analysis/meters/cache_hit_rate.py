"""The hit rate of the caches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perflab.analysis.meters.base import Evidence, Measurement
from perflab.analysis.stats.intervals import MIN_ROUNDS, ShareInterval, share_interval
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.scenario import scenario_endpoints
from perflab.units import listed


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the hits per lookup in the optimised cell, with an interval; 0 where declared caches are never asked."""
    after = _hit_rate_of(OPTIMISED, evidence, endpoints)
    if after is None:
        return _never_asked(evidence, endpoints)
    before = _hit_rate_of(BASELINE, evidence, endpoints)
    few = f"An interval needs {MIN_ROUNDS} rounds, and the run has {after.rounds}." if after.low is None else None
    return Measurement(
        before=None if before is None else before.estimate,
        after=after.estimate,
        estimate=after.estimate,
        low=after.low,
        high=after.high,
        n=after.n,
        rounds=after.rounds,
        reason=few,
    )


def _never_asked(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the rate of endpoints that are declared cached and never asked the cache: none of their requests hit."""
    declared = {e.name for e in scenario_endpoints(evidence.scenario) if e.cached}
    named = sorted(declared if endpoints is None else declared & set(endpoints))
    if not named:
        return Measurement.missing("with everything on, no request looked anything up in a cache.")
    pairs = Pairs.of(evidence.pairs.of_cells((OPTIMISED,)), endpoints=named)
    if not pairs.cells or not (pairs.measures("cache_hits") and pairs.measures("cache_misses")):
        return Measurement.missing("with everything on, no request looked anything up in a cache.")
    lookups = (pairs.values("cache_hits") + pairs.values("cache_misses"))[:, 0]
    requests = np.bincount(pairs.round_of[np.isfinite(lookups)], minlength=pairs.rounds).astype(np.float64)
    rate = share_interval(np.zeros(pairs.rounds), requests, evidence.confidence)
    if rate is None:
        return Measurement.missing("with everything on, no request looked anything up in a cache.")
    return Measurement(
        after=0.0,
        estimate=0.0,
        low=rate.low,
        high=rate.high,
        n=rate.n,
        rounds=rate.rounds,
        reason=f"The cache was never used: no lookup in {rate.n:,} requests to {listed(named)}, which are declared cached.",
    )


def _hit_rate_of(cell: str, evidence: Evidence, endpoints: Sequence[str] | None) -> ShareInterval | None:
    """Return a cell's hit rate; None where nothing was looked up."""
    pairs = Pairs.of(evidence.pairs.of_cells((cell,)), endpoints=endpoints)
    if not pairs.cells or not (pairs.measures("cache_hits") and pairs.measures("cache_misses")):
        return None
    hits, misses = (pairs.values(name)[:, 0] for name in ("cache_hits", "cache_misses"))
    counted = np.isfinite(hits) & np.isfinite(misses)
    rounds = pairs.round_of[counted]
    hits_of_round, lookups_of_round = (
        np.bincount(rounds, weights=events[counted], minlength=pairs.rounds) for events in (hits, hits + misses)
    )
    return share_interval(hits_of_round, lookups_of_round, evidence.confidence)
