"""A run's results as gauges: which there are, their labels, and nothing for what is unknown."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from perflab.report.export.series import Exported, Metric, exported
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of

EFFECTS: list[dict[str, Any]] = [
    {"ratio": 0.62, "low": 0.58, "high": None, "verdict": "better"},
    {"endpoint": "list", "ratio": None, "verdict": "inconclusive"},
    {"endpoint": "list", "metric": "query_count", "ratio": math.inf, "low": math.nan, "verdict": "worse"},
    {"endpoint": "list", "contrast": "caching from baseline", "ratio": 0.9, "verdict": "equivalent"},
]
CLAIMS: list[dict[str, Any]] = [
    {"estimate": 0.97, "low": 0.96, "verdict": "supported"},
    {"id": "other", "verdict": "not measured"},
]


def of(**more: object) -> Exported:
    return exported(saved_run.without_samples(**more), summary_of(effects=EFFECTS, claims=CLAIMS))


def points(name: str, made: Exported) -> dict[tuple[tuple[str, str], ...], float | str]:
    return next((metric.points for metric in made.metrics if metric.name == name), {})


def test_labels_say_what_a_number_is() -> None:
    made = of()
    assert points("perflab_effect_ratio", made) == {
        (
            ("scenario", "marketplace"), ("profile", "smoke"), ("endpoint", "ALL"), ("metric", "latency_s"),
            ("statistic", "mean"), ("contrast", "all_on / all_off"), ("unit", "s"),
        ): 0.62
    }  # fmt: skip
    assert made.about == {
        "scenario": "marketplace", "profile": "smoke", "run_id": "20261123-101500", "revision": "4fbf848aa112",
        "status": "complete",
    }  # fmt: skip
    assert made.started_at == datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def test_what_is_unknown_has_no_point() -> None:
    made = of()
    assert list(points("perflab_effect_low_ratio", made).values()) == [0.58]
    assert "perflab_effect_high_ratio" not in {metric.name for metric in made.metrics}
    assert list(points("perflab_effect_verdict", made).values()) == ["better", "worse"], "infinitely more is worse"
    assert list(points("perflab_claim_estimate", made).values()) == [0.97]
    assert list(points("perflab_claim_verdict", made).values()) == ["supported", "not measured"]
    assert 0 not in [value for metric in made.metrics for value in metric.points.values()]


def test_contrasts_are_chosen() -> None:
    made = exported(saved_run.without_samples(), summary_of(effects=EFFECTS), ["caching from baseline"])
    assert list(points("perflab_effect_ratio", made).values()) == [0.9]


@pytest.mark.parametrize("started_at", [None, "yesterday", 5])
def test_a_run_that_does_not_say_when_it_began(started_at: object) -> None:
    assert of(started_at=started_at).started_at is None


def test_control_characters_become_spaces_and_a_point_is_there_once() -> None:
    metric = Metric("perflab_x", "", states=("yes",))
    metric.add({"endpoint": "a\nb\x1b\u2028\ud800"}, 1)
    metric.add({"endpoint": "a b   "}, 2)
    metric.add({"endpoint": "c"}, "no")
    assert metric.points == {(("endpoint", "a b   "),): 1}
