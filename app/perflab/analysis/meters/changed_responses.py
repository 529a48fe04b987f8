"""Responses that changed."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.meters.base import Evidence, Measurement, counted, rounds_of, unstable
from perflab.analysis.responses.unchecked import of_scope


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Count the responses of the optimised cell that differ from the baseline's, checks and warm-up included."""
    changed = evidence.changed(endpoints)
    note = unstable(changed) if changed.nondeterministic else None
    if not changed.compared:
        return Measurement.missing(note or "no request has a response both with everything off and with everything on.")
    left_out = of_scope(evidence.not_checked, ("comparison", "pages"), endpoints)
    if left_out is not None and not changed.changed:
        return Measurement.missing(left_out)
    unknown = f"{changed.unknown} requests failed and could not be compared." if changed.unknown else note
    return counted(0, changed.changed, changed.compared, rounds_of(evidence, endpoints), unknown)
