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
        (effect(ratio=0.335, low=None, high=None), "fell by 66.5%"),
        (effect(ratio=1.3, low=1.1, high=1.5), "rose by 30.0% (10.0 to 50.0%)"),
        (effect(ratio=3.0, low=2.5, high=3.6), "rose to 3.00 times its former value (2.50 to 3.60 times)"),
        (effect(ratio=1.0, low=None, high=None), "did not change"),
    ],
)
def test_what_a_quantity_did_is_a_verb(row: Effect, text: str) -> None:
    assert estimates.moved(row) == text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (effect(), "94.9% less (94.7 to 95.0%)"),
        (effect(ratio=1.3, low=1.1, high=1.5), "30.0% more (10.0 to 50.0%)"),
        (effect(ratio=3.0, low=2.5, high=3.6), "3.00 times as much (2.50 to 3.60 times)"),
        (effect(ratio=0.99, low=0.9, high=1.1), "1.0% less (10.0% less to 10.0% more)"),
        (effect(ratio=0.5, low=None, high=None), "50.0% less"),
        (effect(ratio=None, low=None, high=None, difference=0.002), "+2.00 ms"),
        (effect(ratio=1.0, low=1.0, high=1.0), "no change (0.0 to 0.0%)"),
    ],
)
def test_a_change_is_reported_with_its_interval(row: Effect, text: str) -> None:
    change = estimates.change(row)
    assert str(change) == text
    assert (f"{change.value} ({change.interval})" if change.interval else change.value) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(2.73, "2.73 times as long"), (1.193, "19.3% more time"), (0.989, "1.1% less time"), (1.0001, "the same time")],
)
def test_a_ratio_of_times_is_what_something_takes(ratio: float, text: str) -> None:
    assert estimates.pace(ratio) == text


def test_a_large_increase_has_no_decimals() -> None:
    assert str(estimates.change(effect(ratio=1.5, low=0.9, high=43.2))) == "50.0% more (10.0% less to 4,220% more)"


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
    assert str(estimates.estimate(rate)) == "70.7% (67.3% to 74.0%)"
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
