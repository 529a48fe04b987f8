"""Sentences: what a number is called, and that nothing is claimed without one."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report import sentences
from perflab.run.cells import WHOLE


def claim(verdict: str = "supported", **changes: Any) -> dict[str, Any]:
    return {
        "metric": "latency_s", "direction": "at_least", "bound": 0.95, "claimed": {}, "estimate": 0.9486, "low": 0.9473,
        "high": 0.9499, "n": 1150, "rounds": 3, "verdict": verdict, **changes,
    }  # fmt: skip


def effect(**changes: Any) -> dict[str, Any]:
    return {
        "endpoint": "ALL", "metric": "latency_s", "statistic": "mean", "contrast": WHOLE, "before": 0.0182,
        "after": 0.000936, "ratio": 0.0514, "low": 0.0501, "high": 0.0527, "difference": -0.0173, **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "first"),
    [
        (["supported"] * 3, "Yes: all 3 measured claims hold."),
        (["supported"], "Yes: the one measured claim holds."),
        (["supported", "supported", "not measured"], "Yes: all 2 measured claims hold."),
        (
            ["supported", "refuted", "not measured"],
            "Partly: 1 of 2 measured claims holds and 1 is refuted; 1 more was not measured.",
        ),
        (
            ["supported", "refuted", "inconclusive"],
            "Partly: 1 of 3 measured claims holds, 1 is refuted and 1 stays open.",
        ),
        (["refuted", "refuted"], "No: 0 of 2 measured claims hold and 2 are refuted."),
        (["inconclusive"], "Open: 0 of 1 measured claims hold and 1 stays open."),
        (["not measured"], "No claim could be measured."),
        ([], "The scenario makes no claim."),
    ],
)
def test_the_verdict_counts_what_was_measured(verdicts: list[str], first: str) -> None:
    assert sentences.verdict({"claims": [claim(v) for v in verdicts]}, "complete") == first


def test_changed_answers_come_before_everything_else() -> None:
    found = {"claims": [claim()], "equivalence": {"compared": 1000, "changed": 3}, "effects": [effect()]}
    assert sentences.verdict(found, "complete").startswith(
        "Not the same answers: 3 of 1,000 differ from the baseline's. Yes:"
    )


def test_the_same_answers_are_said_with_their_number() -> None:
    found = {"claims": [claim()], "equivalence": {"compared": 1000, "changed": 0}, "effects": [effect()]}
    assert sentences.verdict(found, "complete").endswith(
        "The average request takes 936 µs of service time instead of 18.2 ms: 94.9% less (94.7 to 95.0%). "
        "All 1,000 answers with everything on stayed the same."
    )


@pytest.mark.parametrize("status", ["failed", "interrupted", "running"])
def test_no_verdict_is_drawn_from_a_run_that_did_not_end(status: str) -> None:
    found = {"claims": [claim()], "effects": [effect()], "equivalence": {}}
    text = sentences.verdict(found, status)
    assert text.startswith("No verdict")
    assert "hold" not in text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (effect(), "94.9% less (94.7 to 95.0%)"),
        (effect(ratio=1.3, low=1.1, high=1.5), "30.0% more (10.0 to 50.0%)"),
        (effect(ratio=3.0, low=2.5, high=3.6), "3.00 times as much (2.50 to 3.60 times)"),
        (effect(ratio=0.99, low=0.9, high=1.1), "1.0% less (10.0% less to 10.0% more)"),
        (effect(ratio=0.5, low=None, high=None), "50.0% less"),
        (effect(ratio=None, low=None, high=None, difference=0.002), "+2.00 ms"),
        (effect(ratio=1.0, low=1.0, high=1.0), "the same (0.0 to 0.0%)"),
    ],
)
def test_a_change_is_told_with_its_interval(row: dict[str, Any], text: str) -> None:
    assert sentences.change(row) == text
    first, interval = sentences.parts_of_change(row)
    assert (f"{first} ({interval})" if interval else first) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "at least 95% less"),
        ({"metric": "cache_hit_rate", "bound": 0.8}, "at least 80%"),
        ({"metric": "capacity_users", "bound": 4}, "at least 4 times"),
        ({"metric": "index_count", "direction": "equals", "bound": 22}, "exactly 22"),
        ({"metric": "changed_answers", "direction": "at_most", "bound": 0}, "at most 0"),
    ],
)
def test_a_bound_is_told_as_it_is_judged(changes: dict[str, Any], text: str) -> None:
    assert sentences.bound(claim(**changes)) == text


def test_claimed_levels_are_shown_in_their_own_words() -> None:
    assert sentences.claimed(claim(claimed={"before": "500-2000 ms", "after": "10-50 ms"})) == "500-2000 ms → 10-50 ms"
    assert sentences.claimed(claim(claimed={"before": 0, "after": 22})) == "0 → 22"
    assert sentences.claimed(claim(claimed={"after": "automatic"})) == "automatic"
    assert sentences.claimed(claim()) == "at least 95% less"


def test_an_estimate_that_is_unknown_is_a_dash() -> None:
    assert sentences.estimate(claim(estimate=None, low=None, high=None)) == "–"
    rate = claim(metric="cache_hit_rate", estimate=0.707, low=0.673, high=0.74)
    assert sentences.estimate(rate) == "70.7% (67.3% to 74.0%)"
    assert sentences.estimate(claim(metric="index_count", estimate=22.0, low=22.0, high=22.0)) == "22"


def part(estimate: float, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {
        "estimate": estimate,
        "low": estimate * 0.9 if low is None else low,
        "high": estimate * 1.1 if high is None else high,
    }


def attributed(**changes: Any) -> dict[str, Any]:
    rows = [
        {"metric": "latency_s", "kind": "factor", "factor": name, "scale": "log", "shapley_share": share, "whole": part(0.03),
         "shapley": part(ratio), "leave_one_out": part(last, *ends)}
        for name, share, ratio, last, ends in (
            ("indexes", 0.1, 0.8, 0.95, (0.9, 1.0)), ("queries", 0.6, 0.1, 0.4, ()), ("caching", 0.3, 0.375, 0.5, ()),
        )
    ]  # fmt: skip
    return {"attribution": rows, "control": {"withheld": []}, **changes}


def test_the_gain_is_told_as_a_product_by_share_and_what_each_is_worth_today() -> None:
    assert sentences.attribution(attributed()) == (
        "33.3× faster = queries × 10.0 · caching × 2.67 · indexes × 1.25. Taking only queries away today: 2.50 times the time; "
        "only caching away: +100.0%; only indexes away: +5.3% (not certain)."
    )


def test_answers_that_changed_in_another_cell_are_not_told_to_be_the_same() -> None:
    cells = [{"cell": "all_on", "changed": 0}, {"cell": "queries", "changed": 3}]
    found = {"claims": [claim()], "equivalence": {"compared": 1000, "changed": 0, "by_cell": cells}}
    said = sentences.verdict(found, "complete")
    assert said.endswith("Answers changed in queries, though not with everything on.") and "stayed the same" not in said


def test_what_a_claim_of_lookups_asks_for_is_a_reduction_as_the_scenario_says() -> None:
    found = claim(metric="cache_misses", bound=0.9, estimate=0.92, low=0.9, high=0.94)
    assert (sentences.bound(found), sentences.estimate(found)) == ("at least 90% less", "92.0% less (90.0 to 94.0%)")


def test_an_effect_turned_round_is_what_it_would_be_without() -> None:
    turned = sentences.without(effect(ratio=0.5, low=0.4, high=0.8))
    assert (turned["ratio"], turned["low"], turned["high"]) == (2.0, 1.25, 2.5)
    assert (turned["before"], turned["after"]) == (0.000936, 0.0182)
    assert sentences.without(effect(ratio=0.5, low=None, high=None))["low"] is None


def test_what_made_it_slower_is_told_as_slower() -> None:
    found = attributed()
    for row in found["attribution"]:
        row["whole"] = part(1.5)
    assert str(sentences.attribution(found)).startswith("1.50× slower = queries × 0.100")


def test_no_product_without_verdicts_or_on_a_linear_scale() -> None:
    assert sentences.attribution(attributed(control={"withheld": ["the twins differ"]})) is None
    linear = attributed()
    for row in linear["attribution"]:
        row["scale"] = "linear"
    assert sentences.attribution(linear) is None
    assert sentences.attribution({"attribution": []}) is None


def test_what_switches_do_together_is_told_where_it_is_certain() -> None:
    def row(together: dict[str, float | None]) -> dict[str, Any]:
        return {"metric": "latency_s", "kind": "interaction", "factor": "a x b", "scale": "log", "together": together}

    found = {"attribution": [row(part(0.8)), row(part(1.3)), row(part(1.0))]}
    assert sentences.interactions(found) == [
        "a and b save more together than apart: −20.0% (−28.0% to −12.0%).",
        "a and b save in part the same time: +30.0% (+17.0% to +43.0%).",
    ]


def test_a_withheld_verdict_says_why_and_gives_no_times() -> None:
    summary = {
        "claims": [claim()],
        "effects": [effect()],
        "control": {"withheld": ["two identical cells differed by +9%"]},
    }
    said = sentences.verdict(summary, "complete")
    assert "No verdict on times: two identical cells differed by +9%." in said
    assert "average request" not in said
