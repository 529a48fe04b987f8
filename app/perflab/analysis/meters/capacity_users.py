"""How many users the subject serves, before and after."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.meters.base import Evidence, Measurement
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.records import Estimate


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the ratio of the users that both ends serve within the objective; the load test is of the whole traffic."""
    rows = {row.get("cell") or row.get("contrast"): row for row in evidence.capacity}
    before, after, pair = (rows.get(name) for name in (BASELINE, OPTIMISED, f"{OPTIMISED} / {BASELINE}"))
    if before is None or after is None or pair is None:
        return Measurement.missing(evidence.no_capacity or "the run has no load test of all_off and all_on.")
    reasons = [str(row["reason"]) for row in (before, after) if row["reason"]]
    ratio = Estimate.of(pair["users_ratio"])
    return Measurement(
        before=before["users"]["estimate"],
        after=after["users"]["estimate"],
        estimate=ratio.estimate,
        low=None if reasons else ratio.low,
        high=None if reasons else ratio.high,
        n=before["requests"] + after["requests"],
        rounds=min(before["rounds"], after["rounds"]),
        reason=reasons[0] if reasons else None,
    )
