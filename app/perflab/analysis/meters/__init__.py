"""Meters: how the value of each metric of a claim is computed from a run.

A metric that run/metrics.py declares has its meter in the module of its name here: `measure(evidence, endpoints)`. A metric of
the kind `reduction` needs none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from perflab.analysis.meters.base import Evidence, Measurement, Meter, unstable
from perflab.analysis.meters.reduction import relative_reduction
from perflab.run.metrics import METRICS, metric_of

__all__ = ["METERS", "Evidence", "Measurement", "Meter", "measure", "unstable"]


def _meter_of(name: str) -> Meter:
    meter: Meter = import_module(f"{__name__}.{name}").measure
    return meter


METERS: dict[str, Meter] = {
    name: _meter_of(name)
    for name, metric in METRICS.items()
    if metric.claimable and metric.kind != "reduction" and metric.not_measured is None
}


def measure(metric: str, evidence: Evidence, endpoints: Sequence[str] | None, scope: str | None) -> Measurement:
    """Compute the value of a metric, or say why there is none.

    Args:
        metric: The metric's name.
        evidence: What the run measured.
        endpoints: The endpoints of the claim's scope; None is all of them.
        scope: The scope as the claim names it, for the message.
    """
    declared = metric_of(metric)
    if declared.not_measured:
        return Measurement.missing(f"{declared.not_measured}.")
    if declared.needs_requests:
        if endpoints is not None and not endpoints:
            return Measurement.missing(f"no endpoint is in the scope {scope!r}.")
        if not evidence.pairs.steps:
            return Measurement.missing("the run has no samples.")
    if metric in METERS:
        return METERS[metric](evidence, endpoints)
    if declared.kind == "reduction" and evidence.pairs.measures(metric):
        return relative_reduction(metric, evidence, endpoints)
    return Measurement.missing(f"nothing in this run measures {metric}.")
