"""The hit rate of the caches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perflab.analysis.meters.base import Evidence, Measurement
from perflab.analysis.stats.intervals import MIN_ROUNDS, ShareInterval, share_interval
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the hits per lookup in the optimised cell, with an interval over rounds."""
    after = _hit_rate_of(OPTIMISED, evidence, endpoints)
    if after is None:
        return Measurement.missing("with everything on, no request looked anything up in a cache.")
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


def _hit_rate_of(cell: str, evidence: Evidence, endpoints: Sequence[str] | None) -> ShareInterval | None:
    """Return a cell's hit rate; None where nothing was looked up."""
    pairs = Pairs.of(evidence.pairs, endpoints=endpoints)
    column = pairs.column(cell)
    if column is None or not (pairs.measures("cache_hits") and pairs.measures("cache_misses")):
        return None
    hits, misses = pairs.values("cache_hits")[:, column], pairs.values("cache_misses")[:, column]
    counted = np.isfinite(hits) & np.isfinite(misses)
    rounds = pairs.round_of[counted]
    hits_of_round, lookups_of_round = (
        np.bincount(rounds, weights=events[counted], minlength=pairs.rounds) for events in (hits, hits + misses)
    )
    return share_interval(hits_of_round, lookups_of_round, evidence.confidence)
