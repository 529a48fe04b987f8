"""The relative reduction of the mean of a column: the meter of every metric of the kind `reduction`."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.table import of_table
from perflab.analysis.meters.base import Evidence, Measurement
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.records import Estimate


def relative_reduction(metric: str, evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Compute the relative reduction of a mean: 1 - ratio, with its interval. The ratio itself is kept beside it.

    Args:
        metric: A column of the samples, or a sum of columns.
        evidence: What the run measured.
        endpoints: The endpoints of the claim's scope; None is all of them.
    """
    pairs = Pairs.of(evidence.pairs.of_cells((BASELINE, OPTIMISED)), endpoints=endpoints)
    (effect,) = of_table(
        compare(pairs, metric, BASELINE, OPTIMISED, confidence=evidence.confidence, margin=evidence.margin)
    )
    if not effect.n:
        return Measurement.missing(str(effect.note))

    def reduction(ratio: float | None) -> float | None:
        return None if ratio is None else 1 - ratio

    return Measurement(
        before=effect.before,
        after=effect.after,
        estimate=reduction(effect.ratio),
        low=reduction(effect.high),
        high=reduction(effect.low),
        n=effect.n,
        rounds=effect.rounds,
        reason=effect.note,
        ratio=Estimate(effect.ratio, effect.low, effect.high),
    )
