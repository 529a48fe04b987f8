"""A run's results as OTLP/JSON: the body of a POST to a collector's /v1/metrics, as application/json.

The encoding of an ExportMetricsServiceRequest by opentelemetry-proto: keys in lowerCamelCase, 64-bit integers as text
(https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). opentelemetry-proto 1.45.2 with protobuf's
json_format.Parse, which refuses unknown keys, has read what this module writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from perflab.report.export.series import RATIO, Exported, Metric

# What the run is, by the names of OpenTelemetry's conventions where they have one.
KEYS = {
    "scenario": "perflab.scenario", "profile": "perflab.profile", "run_id": "perflab.run_id",
    "revision": "vcs.ref.head.revision", "status": "perflab.status",
}  # fmt: skip
# In UCUM, which OTLP uses, a quotient has the unit 1; Prometheus makes the ending `_ratio` of it, and adds no second one.
UNITS = {RATIO: "1"}


def otlp(exported: Exported, version: str, now: datetime | None = None) -> dict[str, Any]:
    """Return the request as JSON knows it.

    Args:
        exported: What is exported.
        version: The version of perflab.
        now: The time of the points where it is unknown when the run began; None is the present.
    """
    resource = {"service.name": "perflab", "service.version": version}
    resource |= {KEYS[name]: text for name, text in exported.about.items()}
    moment = exported.started_at or now or datetime.now(UTC)
    nanoseconds = str(int(moment.timestamp()) * 10**9 + moment.microsecond * 1000)
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeMetrics": [
                    {
                        "scope": {"name": "perflab", "version": version},
                        "metrics": [_metric(metric, nanoseconds) for metric in exported.metrics],
                    }
                ],
            }
        ]
    }


def _metric(metric: Metric, nanoseconds: str) -> dict[str, Any]:
    points = [
        {"attributes": _attributes(attributes), "timeUnixNano": nanoseconds, **value}
        for labels, of_labels in metric.points.items()
        for attributes, value in _points(metric, labels, of_labels)
    ]
    return {
        "name": metric.name,
        "description": metric.help,
        "unit": UNITS.get(metric.unit, metric.unit),
        "gauge": {"dataPoints": points},
    }


def _points(
    metric: Metric, labels: Sequence[tuple[str, str]], value: float | str
) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Return the attributes and value of each point; OTLP has no state set: each state is 0 or 1, under the metric's name."""
    if not metric.states:
        return [(dict(labels), {"asDouble": float(value)})]
    return [({**dict(labels), metric.name: state}, {"asInt": str(int(state == value))}) for state in metric.states]


def _attributes(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": text}} for name, text in values.items()]
