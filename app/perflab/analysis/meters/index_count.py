"""The indexes that the factor switches."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.meters.base import Evidence, Measurement, counted


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the number of indexes that the factor switches, whichever endpoints the claim is about."""
    if evidence.index_count is None:
        return Measurement.missing("the run does not record how many indexes its factor switches.")
    return counted(0, evidence.index_count, 1, 0, None)
