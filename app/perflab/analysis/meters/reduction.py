"""The relative reduction of the mean of a column: the meter of every metric of the kind `reduction`."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.effects.effects import compare
from perflab.analysis.meters.base import Evidence, Measurement
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import number
from perflab.run.cells import BASELINE, OPTIMISED


def relative_reduction(metric: str, evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Compute the relative reduction of a mean: 1 - ratio, and the ends of its interval with it.

    Args:
        metric: A column of the samples, or a sum of columns.
        evidence: What the run measured.
        endpoints: The endpoints of the claim's scope; None is all of them.
    """
    pairs = Pairs.of(evidence.pairs, endpoints=endpoints)
    row = compare(pairs, metric, BASELINE, OPTIMISED, confidence=evidence.confidence, margin=evidence.margin).iloc[0]
    n = int(row["n"])
    if not n:
        return Measurement.missing(str(row["note"]))
    return Measurement(
        before=number(row["before"]),
        after=number(row["after"]),
        estimate=number(1 - row["ratio"]),
        low=number(1 - row["high"]),
        high=number(1 - row["low"]),
        n=n,
        rounds=int(row["rounds"]),
        reason=row["note"],
    )
