"""Responses from before a write."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.meters.base import Evidence, Measurement, counted, rounds_of, unstable
from perflab.analysis.responses.unchecked import of_scope
from perflab.run.cells import OPTIMISED


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Count the responses of the optimised cell from before a write; each was compared with the baseline's to the same Step."""
    changed = evidence.changed(endpoints)
    note = unstable(changed) if changed.nondeterministic else None
    if evidence.responses is None or not changed.compared:
        return Measurement.missing(note or "the responses that changed were not classified.")
    stale = evidence.responses[(evidence.responses["cell"] == OPTIMISED) & (evidence.responses["class"] == "stale")]
    if endpoints is not None:
        stale = stale[stale["endpoint"].isin(endpoints)]
    left_out = of_scope(evidence.not_checked, ("comparison", "stale"), endpoints)
    if left_out is not None and not len(stale):
        return Measurement.missing(left_out)
    return counted(0, len(stale), changed.compared, rounds_of(evidence, endpoints), note)
