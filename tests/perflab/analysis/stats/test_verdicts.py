from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflab.analysis.stats import verdicts

NAN = math.nan


@pytest.mark.parametrize(
    ("metric", "low", "high", "verdict"),
    [
        ("latency_s", 0.5, 0.6, "better"),
        ("latency_s", 1.1, 1.2, "worse"),
        ("latency_s", 0.99, 1.01, "equivalent"),
        ("latency_s", 1.005, 1.015, "equivalent"),  # seen, but not material
        ("latency_s", 1.005, 1.03, "worse"),
        ("latency_s", 0.95, 1.05, "inconclusive"),
        ("latency_s", NAN, NAN, "inconclusive"),
        ("cache_hits", 1.1, 1.2, "better"),
        ("cache_hits", 0.5, 0.6, "worse"),
    ],
)
def test_an_effect(metric, low, high, verdict):
    ratio = (low + high) / 2
    assert (
        verdicts.of_effect(metric, ratio, low, high, 0.02, significant=None if math.isnan(low) else low > 1 or high < 1)
        == verdict
    )


def test_of_a_family_holms_test_decides_what_was_seen():
    assert verdicts.of_effect("latency_s", 1.1, 0.99, 1.22, 0.02, significant=True) == "worse"
    assert verdicts.of_effect("latency_s", 1.1, 1.01, 1.2, 0.02, significant=False) == "inconclusive"
    assert verdicts.of_effect("latency_s", 1.1, 1.01, 1.2, 0.02, significant=None) == "inconclusive"


def test_what_is_practically_significant_lies_outside_the_margin_as_a_whole():
    assert verdicts.is_practically_significant(1.005, 1.015, 0.02) is False
    assert verdicts.is_practically_significant(1.03, 1.05, 0.02) is True
    assert verdicts.is_practically_significant(NAN, NAN, 0.02) is None


@pytest.mark.parametrize(
    ("direction", "low", "high", "verdict"),
    [
        ("at_least", 0.95, 0.97, "supported"),
        ("at_least", 0.90, 0.94, "refuted"),
        ("at_least", 0.94, 0.96, "inconclusive"),
        ("at_most", 0.90, 0.95, "supported"),
        ("at_most", 0.96, 0.99, "refuted"),
        ("equals", 0.95, 0.95, "supported"),
        ("equals", 0.96, 0.96, "refuted"),
        ("equals", 0.94, 0.96, "inconclusive"),
        ("at_least", None, None, "inconclusive"),
    ],
)
def test_a_claim(direction, low, high, verdict):
    assert verdicts.of_claim(direction, 0.95, low, high) == verdict


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_at_least_and_at_most_never_agree_beyond_the_bound_itself(bound, first, other):
    low, high = sorted((first, other))
    both = {verdicts.of_claim(direction, bound, low, high) for direction in ("at_least", "at_most")}

    if low > bound or high < bound:
        assert both == {"supported", "refuted"}
    else:
        assert "refuted" not in both
