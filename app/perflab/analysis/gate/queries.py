"""Checks of queries: no request makes more than the same request made before, in any cell.

Requests are compared one by one: totals hide queries that moved from one request to another. Where the cache answered differently
in the two runs (an entry expired in one of them a moment earlier), the count follows from that: over these requests a sign test
(Conover, "Practical Nonparametric Statistics", 3rd ed. 1999, 3.4) says whether the cache answers less often than before.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.gate.matched import MatchedRequests
from perflab.analysis.stats.pairs import Bools, Floats
from perflab.units import counted, listed

# With no change, the sign test calls so many runs of a thousand worse.
SIGNIFICANCE = 0.001
OUTCOMES = ("cache_hits", "cache_misses")


def queries(matched: MatchedRequests) -> Iterator[GateCheck]:
    """Yield a check for each endpoint, over all cells of both runs, and one of the cache where it answered differently.

    Args:
        matched: The matched requests of both runs.
    """
    if not len(matched):
        yield GateCheck("queries", "exact", "inconclusive", f"Queries are not compared: {matched.why}.")
        return
    cells = matched.cells
    new, old = (side.matrix(cells, "query_count") for side in (matched.new, matched.old))
    counted_in_both: Bools = np.isfinite(new) & np.isfinite(old)
    alike = counted_in_both & _same_outcome(matched)
    for endpoint in sorted(set(matched.endpoints)):
        own = (matched.endpoints == endpoint)[:, None]
        yield _of_endpoint(str(endpoint), cells, new, old, counted_in_both & own, alike & own)
    if (counted_in_both & ~alike).any():
        yield _of_cache(np.where(counted_in_both & ~alike, new - old, 0.0))


def _same_outcome(matched: MatchedRequests) -> Bools:
    """Return where the cache had the same hits and misses in both runs; what neither run knows counts as the same."""
    same: Bools = np.ones((len(matched), len(matched.cells)), dtype=bool)
    for metric in OUTCOMES:
        new, old = (side.matrix(matched.cells, metric) for side in (matched.new, matched.old))
        same &= (new == old) | (np.isnan(new) & np.isnan(old))
    return same


def _of_endpoint(
    endpoint: str, cells: list[str], new: Floats, old: Floats, counted_in_both: Bools, alike: Bools
) -> GateCheck:
    name, n = f"queries, {endpoint}", int(counted_in_both.sum())
    if not n:
        sentence = f"{endpoint}: no matched request has a known count in both runs."
        return GateCheck(name, "exact", "inconclusive", sentence, is_required=False)
    total, before = int(new[counted_in_both].sum()), int(old[counted_in_both].sum())
    count, over = counted(total, "query", "queries"), f"over {counted(n, 'matched request')}"
    more = alike & (new > old)
    sentence = (
        f"{endpoint}: {count} {over}, as before."
        if total == before
        else f"{endpoint}: {count} instead of {before:,} {over}."
    )
    if more.any():
        of_cells = [
            f"{cell} (+{int((new - old)[more[:, place], place].sum()):,} in {int(more[:, place].sum()):,} requests)"
            for place, cell in enumerate(cells)
            if more[:, place].any()
        ]
        sentence += (
            f" {counted(int(more.sum()), 'request makes', 'requests make')} more than before: {listed(of_cells)}."
        )
    verdict: Verdict = "worse" if more.any() else "fine"
    return GateCheck(name, "exact", verdict, sentence, float(total), float(before), n=n)


def _of_cache(difference: Floats) -> GateCheck:
    """Return the check of the requests that the cache answered differently, Step by Step: cells share what is stored."""
    of_step = difference.sum(axis=1)
    more, fewer = int((of_step > 0).sum()), int((of_step < 0).sum())
    p_value = float(special.bdtrc(more - 1, more + fewer, 0.5)) if more else 1.0
    sentence = (
        f"Cache hits differ from before: {counted(more, 'request')} made more queries because of this, {fewer:,} made fewer "
        f"(sign test: p = {p_value:.2g}; worse means below {SIGNIFICANCE:g})."
    )
    verdict: Verdict = "worse" if p_value < SIGNIFICANCE else "fine"
    return GateCheck(
        "queries after other cache hits",
        "exact",
        verdict,
        sentence,
        float(more),
        float(fewer),
        n=more + fewer,
    )
