"""Figures of claims and effects: what a number is called, and how its interval is written."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report import estimates
from perflab.run.records import ClaimResult, Effect
from tests.perflab import summaries
from tests.perflab.report.test_sentences import CLAIM, EFFECT


def claim(**changes: Any) -> ClaimResult:
    return summaries.claim(**{**CLAIM, **changes})


def effect(**changes: Any) -> Effect:
    return summaries.effect(**{**EFFECT, **changes})


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (effect(ratio=0.335, low=None, high=None), "fell by 66%"),
        (effect(ratio=1.3, low=1.1, high=1.5), "rose by 30% (10 to 50%)"),
        (effect(ratio=3.0, low=2.5, high=3.6), "rose to 3.0 times its former value (2.5 to 3.6 times)"),
        (effect(ratio=1.0, low=None, high=None), "did not change"),
    ],
)
def test_what_a_quantity_did_is_a_verb(row: Effect, text: str) -> None:
    assert estimates.moved(row) == text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (effect(), "94.9% less (94.7 to 95.0%)"),
        (effect(ratio=1.3, low=1.1, high=1.5), "30% more (10 to 50%)"),
        (effect(ratio=3.0, low=2.5, high=3.6), "3.0 times as much (2.5 to 3.6 times)"),
        (effect(ratio=0.99, low=0.9, high=1.1), "1% less (10% less to 10% more)"),
        (effect(ratio=0.5, low=None, high=None), "50% less"),
        (effect(ratio=None, low=None, high=None, difference=0.002), "+2.00 ms"),
        (effect(ratio=1.0, low=1.0, high=1.0), "no change (0.0 to 0.0%)"),
        (effect(ratio=1.005, low=0.99999, high=1.011), "0.5% more (0% to 1.1% more)"),
        (effect(ratio=1.004, low=0.9, high=1.1), "0.4% more (10% less to 10% more)"),
        (effect(ratio=1.15, low=1.0, high=1.3), "15% more (0 to 30%)"),
        (effect(ratio=1.5, low=1.2, high=3.4), "50% more (20% more to 3.4 times as much)"),
        (effect(ratio=2.4, low=1.03, high=5.5), "2.4 times as much (1.03 to 5.5 times)"),
        (effect(ratio=2.6, low=0.983, high=5.0), "2.6 times as much (2% less to 5.0 times as much)"),
        (effect(ratio=2.88, low=2.85, high=2.91), "2.88 times as much (2.85 to 2.91 times)"),
        (effect(ratio=0.0004, low=0.00031, high=0.0006), "99.96% less (99.94 to 99.97%)"),
        (effect(ratio=0.05, low=0.001, high=0.12), "95% less (88 to 99.9%)"),
        (effect(ratio=0.02, low=0.0000001, high=500.0), "98% less (over 99.9% less to 500 times as much)"),
        (effect(ratio=0.0, low=0.0, high=0.02), "100% less (98.0 to 100%)"),
    ],
)
def test_a_change_is_reported_with_its_interval(row: Effect, text: str) -> None:
    change = estimates.change(row)
    assert str(change) == text
    assert (f"{change.value} ({change.interval})" if change.interval else change.value) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(2.73, "2.73 times as long"), (1.193, "19% more time"), (0.989, "1.1% less time"), (1.0001, "the same time")],
)
def test_a_ratio_of_times_is_what_something_takes(ratio: float, text: str) -> None:
    assert estimates.pace(ratio) == text


def test_more_than_double_is_a_multiple_and_never_a_percentage_of_thousands() -> None:
    assert str(estimates.change(effect(ratio=1.5, low=0.9, high=191.0))) == "50% more (10% less to 190 times as much)"
    assert str(estimates.change(effect(ratio=191.04, low=90.0, high=405.0))) == "190 times as much (90 to 400 times)"


def test_rounding_takes_no_end_to_the_bound_that_it_is_judged_by() -> None:
    refuted = claim(bound=0.75, estimate=0.70, low=0.65, high=0.748)
    assert str(estimates.estimate(refuted)) == "70.0% less (65.0 to 74.8%)"
    assert str(estimates.estimate(claim(bound=0.9, estimate=0.70, low=0.65, high=0.748))) == "70% less (65 to 75%)"


def test_what_something_takes_has_the_digits_of_its_interval() -> None:
    assert str(estimates.paced(effect(ratio=3.0, low=2.5, high=3.6))) == "3.0 times as long (2.5 to 3.6 times)"
    assert str(estimates.paced(effect(ratio=1.3, low=1.1, high=1.5))) == "30% more time (10 to 50%)"
    assert str(estimates.paced(effect(ratio=1.0, low=0.99, high=1.01))) == "the same time (1.0% less to 1.0% more)"


def test_a_share_has_the_digits_of_its_interval() -> None:
    assert str(estimates.share(0.259, 0.218, 0.3)) == "26% (22 to 30%)"
    assert str(estimates.share(0.259, 0.249, 0.27)) == "25.9% (24.9 to 27.0%)"
    assert str(estimates.share(0.0, 0.0, 0.012)) == "0.0% (0.0 to 1.2%)"
    assert str(estimates.share(None)) == "–" and str(estimates.rate(None)) == "–"
    assert str(estimates.rate({"estimate": 0.5, "low": None, "high": None})) == "50.0%"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "at least 95% less"),
        ({"metric": "cache_hit_rate", "bound": 0.8}, "at least 80%"),
        ({"metric": "capacity_users", "bound": 4}, "at least 4 times"),
        ({"metric": "index_count", "direction": "equals", "bound": 22}, "exactly 22"),
        ({"metric": "changed_responses", "direction": "at_most", "bound": 0}, "at most 0"),
    ],
)
def test_a_bound_is_reported_as_it_is_judged(changes: dict[str, Any], text: str) -> None:
    assert estimates.bound(claim(**changes)) == text


@pytest.mark.parametrize(
    ("scope", "where"),
    [("audited", " (audited endpoints)"), ("all", " (all endpoints)"), ("newest", " (newest)"), (None, "")],
)
def test_a_criterion_is_metric_bound_and_scope(scope: str | None, where: str) -> None:
    stale = claim(metric="stale_responses", direction="at_most", bound=0, scope=scope)
    assert estimates.judged_by(stale) == f"stale responses, at most 0{where}"


def test_claimed_levels_are_shown_in_their_own_words() -> None:
    assert estimates.claimed(claim(claimed={"before": "500-2000 ms", "after": "10-50 ms"})) == "500-2000 ms → 10-50 ms"
    assert estimates.claimed(claim(claimed={"before": 0, "after": 22})) == "0 → 22"
    assert estimates.claimed(claim(claimed={"after": "automatic"})) == "automatic"
    assert estimates.claimed(claim()) == "at least 95% less"


def test_an_estimate_that_is_unknown_is_a_dash() -> None:
    unknown = estimates.estimate(claim(estimate=None, low=None, high=None))
    assert str(unknown) == "–" and not unknown.known
    rate = claim(metric="cache_hit_rate", estimate=0.707, low=0.673, high=0.74)
    assert str(estimates.estimate(rate)) == "71% (67 to 74%)"
    levels = {"unit": "share", "before": None, "after": 0.707, "estimate": 0.707, "low": 0.673, "high": 0.74}
    assert estimates.claim_levels(claim(metric="cache_hit_rate", **levels)) == ("–", "71%")
    assert str(estimates.estimate(claim(metric="index_count", estimate=22.0, low=22.0, high=22.0))) == "22"


def test_what_a_claim_of_lookups_asks_for_is_a_reduction_as_the_scenario_says() -> None:
    result = claim(metric="cache_misses", bound=0.9, estimate=0.92, low=0.9, high=0.94)
    assert (estimates.bound(result), str(estimates.estimate(result))) == (
        "at least 90% less",
        "92.0% less (90.0 to 94.0%)",
    )


def test_an_effect_turned_round_is_what_it_would_be_without() -> None:
    turned = estimates.reverse(effect(ratio=0.5, low=0.4, high=0.8))
    assert (turned.ratio, turned.low, turned.high) == (2.0, 1.25, 2.5)
    assert (turned.before, turned.after) == (0.000936, 0.0182)
    assert estimates.reverse(effect(ratio=0.5, low=None, high=None)).low is None


def test_a_sample_size_has_its_rounds() -> None:
    assert str(estimates.sample_size(claim())) == "1,150 in 3 rounds"
    assert str(estimates.sample_size(claim(rounds=0))) == "1,150" and str(estimates.sample_size(claim(n=0))) == "–"
