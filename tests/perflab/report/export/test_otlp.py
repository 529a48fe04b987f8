"""OTLP/JSON, held against the keys and types of opentelemetry-proto (version 1.45.2 has read the like, see the module)."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

from perflab.report.export.otlp import otlp
from perflab.report.export.series import exported
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of

EFFECTS = [{"ratio": 0.62, "low": 0.58, "high": math.nan, "verdict": "better"}]
INT64 = re.compile(r"-?\d{1,20}")


def written(**more: Any) -> dict[str, Any]:
    now = more.pop("now", None)
    made = otlp(exported(saved_run.without_samples(**more), summary_of(effects=EFFECTS)), "9.9", now)
    read: dict[str, Any] = json.loads(json.dumps(made, allow_nan=False))
    return read


def attributes(message: dict[str, Any]) -> dict[str, str]:
    assert all(
        set(entry) == {"key", "value"} and set(entry["value"]) == {"stringValue"} for entry in message["attributes"]
    )
    return {entry["key"]: entry["value"]["stringValue"] for entry in message["attributes"]}


def test_it_has_the_shape_of_the_protocol() -> None:
    made = written()
    assert set(made) == {"resourceMetrics"}
    (of_resource,) = made["resourceMetrics"]
    assert set(of_resource) == {"resource", "scopeMetrics"}
    assert attributes(of_resource["resource"]) == {
        "service.name": "perflab", "service.version": "9.9", "perflab.scenario": "marketplace", "perflab.profile": "smoke",
        "perflab.run_id": "20261123-101500", "vcs.ref.head.revision": "4fbf848aa112", "perflab.status": "complete",
    }  # fmt: skip
    (of_scope,) = of_resource["scopeMetrics"]
    assert of_scope["scope"] == {"name": "perflab", "version": "9.9"}
    for metric in of_scope["metrics"]:
        assert set(metric) == {"name", "description", "unit", "gauge"} and set(metric["gauge"]) == {"dataPoints"}
        for point in metric["gauge"]["dataPoints"]:
            (value,) = set(point) - {"attributes", "timeUnixNano"}
            assert value in ("asDouble", "asInt"), "a point has one of them"
            assert INT64.fullmatch(point["timeUnixNano"]), "64-bit integers are text"
            assert isinstance(point[value], float) if value == "asDouble" else INT64.fullmatch(point[value])


def test_points_have_the_runs_time() -> None:
    (of_resource,) = written()["resourceMetrics"]
    ratio, low, verdict = of_resource["scopeMetrics"][0]["metrics"]
    assert (ratio["name"], ratio["unit"], low["name"]) == ("perflab_effect_ratio", "1", "perflab_effect_low_ratio")
    assert ratio["gauge"]["dataPoints"][0]["timeUnixNano"] == "1795428900000000000"
    states = {attributes(p)["perflab_effect_verdict"]: p["asInt"] for p in verdict["gauge"]["dataPoints"]}
    assert states == {"better": "1", "worse": "0", "equivalent": "0", "inconclusive": "0"}


def test_where_a_runs_time_is_unknown_it_is_now() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    text = json.dumps(written(started_at=None, now=now))
    assert f'"timeUnixNano": "{int(now.timestamp())}678901000"' in text
