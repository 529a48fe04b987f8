"""The share of requests that the cache served."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perflab.analysis.meters.base import Evidence, Measurement
from perflab.analysis.stats.intervals import MIN_ROUNDS, share_interval
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import OPTIMISED


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the share of the scope's requests, as they came, that the cache served with everything on.

    A request is served if it hit and did not miss, and made no query: an entry that is looked up, found to be stale and
    queried for is a hit of the cache and none of the request. A request that made no lookup was not served.
    """
    pairs = Pairs.of(evidence.pairs.of_cells((OPTIMISED,)), endpoints=endpoints)
    if not pairs.cells or not all(map(pairs.measures, ("cache_hits", "cache_misses", "query_count"))):
        return Measurement.missing("the run does not record the lookups of its requests.")
    hits, misses, queries = (pairs.values(name)[:, 0] for name in ("cache_hits", "cache_misses", "query_count"))
    recorded = np.isfinite(hits) & np.isfinite(misses) & np.isfinite(queries)
    served = recorded & (hits > 0) & (misses == 0) & (queries == 0)
    counts = [
        np.bincount(pairs.round_of[which], minlength=pairs.rounds).astype(np.float64) for which in (served, recorded)
    ]
    share = share_interval(counts[0], counts[1], evidence.confidence)
    if share is None:
        return Measurement.missing("no request of its scope received a response with everything on.")
    few = f"An interval needs {MIN_ROUNDS} rounds, and the run has {share.rounds}." if share.low is None else None
    return Measurement(None, share.estimate, share.estimate, share.low, share.high, share.n, share.rounds, few)
