"""Sentences: what a number is called, and that nothing is claimed without one."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report import sentences
from perflab.run.summary import Summary
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of

CLAIM = {"bound": 0.95, "estimate": 0.9486, "low": 0.9473, "high": 0.9499, "n": 1150, "rounds": 3}
EFFECT = {"before": 0.0182, "after": 0.000936, "ratio": 0.0514, "low": 0.0501, "high": 0.0527, "difference": -0.0173}


def claim(verdict: str = "supported", **changes: Any) -> dict[str, Any]:
    return {**CLAIM, "verdict": verdict, **changes}


def effect(**changes: Any) -> dict[str, Any]:
    return {**EFFECT, **changes}


@pytest.mark.parametrize(
    ("verdicts", "first"),
    [
        (["supported"] * 3, "Yes: all 3 measured claims are supported."),
        (["supported"], "Yes: the one measured claim is supported."),
        (["supported", "supported", "not measured"], "Yes: all 2 measured claims are supported."),
        (
            ["supported", "refuted", "not measured"],
            "Partly: 1 of 2 measured claims is supported, 1 refuted; 1 more was not measured.",
        ),
        (
            ["supported", "refuted", "inconclusive"],
            "Partly: 1 of 3 measured claims is supported, 1 refuted, 1 inconclusive.",
        ),
        (["refuted", "refuted"], "No: 0 of 2 measured claims are supported, 2 refuted."),
        (["inconclusive"], "Inconclusive: 0 of 1 measured claims are supported, 1 inconclusive."),
        (["not measured"], "No claim could be measured."),
        ([], "The scenario makes no claim."),  # and nothing was measured
    ],
)
def test_the_verdict_counts_what_was_measured(verdicts: list[str], first: str) -> None:
    assert sentences.verdict(summary_of(claims=[claim(v) for v in verdicts]), "complete") == sentences.Verdict(first)


QUERIES = effect(
    metric="query_count", before=5, after=4, ratio=0.8, low=0.79, high=0.81, difference=-1.0, verdict="better"
)


def test_without_a_claim_the_answer_is_what_the_switches_do() -> None:
    summary = summary_of(
        claims=[], equivalence={"compared": 1000, "changed": 0}, effects=[effect(verdict="better"), QUERIES]
    )
    assert sentences.verdict(summary, "complete") == sentences.Verdict(
        "Mean service time fell by 94.9% (94.7 to 95.0%), from 18.2 ms to 936 µs.",
        (
            "Queries per request fell by 20.0% (19.0 to 21.0%), from 5.00 to 4.00.",
            "All 1,000 compared responses with everything on are unchanged.",
        ),
    )
    unclear = summary_of(
        claims=[],
        effects=[effect(before=0.0137, after=0.0138, ratio=1.009, low=0.95, high=1.07, verdict="inconclusive")],
    )
    assert sentences.verdict(unclear, "complete").first == (
        "No clear difference: mean service time rose by 0.9% (5% less to 7% more), from 13.7 ms to 13.8 ms."
    )
    changed = summary_of(claims=[], equivalence={"compared": 10, "changed": 1}, effects=[effect()])
    assert sentences.verdict(changed, "complete").first.startswith("Responses changed: 1 of 10")


def test_two_revisions_begin_with_a_typical_request() -> None:
    mean = effect(before=0.0137, after=0.0138, ratio=1.009, low=0.95, high=1.07, verdict="inconclusive")

    def of(**typical: Any) -> sentences.Verdict:
        row = effect(statistic="paired_median", **typical)
        made = summary_of(effects=[mean, row], equivalence={"compared": 1000, "changed": 0})
        return sentences.verdict(made, "complete")

    same = of(ratio=1.0, low=0.99, high=1.01, verdict="equivalent")
    assert same.first == "No difference: a typical request takes the same time (1.0% less to 1.0% more)."
    assert same.rest[0].startswith("Mean service time rose by 0.9% (5% less to 7% more), from 13.7 ms")
    assert same.rest[-1] == "All 1,000 compared responses in the new revision are unchanged."
    slower = of(ratio=1.05, low=1.04, high=1.06, verdict="worse")
    assert slower.first == "A typical request takes 5.0% more time (4.0 to 6.0%)."
    unclear = of(ratio=1.01, low=0.97, high=1.05, verdict="inconclusive")
    assert unclear.first.startswith("No clear difference: a typical request takes 1% more time")


def test_changed_responses_come_before_everything_else() -> None:
    summary = summary_of(claims=[claim()], equivalence={"compared": 1000, "changed": 3}, effects=[effect()])
    verdict = sentences.verdict(summary, "complete")
    assert verdict.first == "Responses changed: 3 of 1,000 differ from the baseline's."
    assert verdict.rest[0].startswith("Yes:") and str(verdict) == " ".join([verdict.first, *verdict.rest])


def test_unchanged_responses_are_counted() -> None:
    summary = summary_of(claims=[claim()], equivalence={"compared": 1000, "changed": 0}, effects=[effect()])
    assert sentences.verdict(summary, "complete").rest == (
        "Mean service time fell by 94.9% (94.7 to 95.0%), from 18.2 ms to 936 µs.",
        "All 1,000 compared responses with everything on are unchanged.",
    )


SLOWER = effect(before=0.01, after=0.0102, ratio=1.02, low=1.01, high=1.03, difference=0.0002, verdict="worse")
# What a claim about a number of things says nothing about is whether anything got better.
COUNT = {**CLAIM, "verdict": "supported", "metric": "index_count", "bound": 22}
NEVER_ASKED = [{"endpoint": "ALL", "gets": 0}]


def test_a_run_in_which_nothing_pays_begins_with_that() -> None:
    claims = [COUNT, claim("refuted")]
    verdict = sentences.verdict(summary_of(claims=claims, effects=[SLOWER], cache=NEVER_ASKED), "complete")
    assert (
        verdict.first
        == "No: nothing got faster (mean service time rose by 2.0%, 1.0 to 3.0%), and the cache is never used."
    )
    assert verdict.rest == ("1 of 2 measured claims is supported, 1 refuted.",)
    verdict = sentences.verdict(summary_of(effects=[SLOWER]), "complete")
    assert verdict.first == "No: nothing got faster (mean service time rose by 2.0%, 1.0 to 3.0%)."
    unknown = summary_of(claims=claims, effects=[{**SLOWER, "verdict": "inconclusive"}], cache=NEVER_ASKED)
    assert sentences.verdict(unknown, "complete").first == (
        "No gain was measured (mean service time rose by 2.0%, 1.0 to 3.0%), and the cache is never used."
    )
    asked = summary_of(claims=claims, effects=[{**SLOWER, "verdict": "inconclusive"}])
    assert sentences.verdict(asked, "complete").first.startswith("No gain was measured ("), (
        "the claim that holds is a count"
    )
    undecided = summary_of(claims=[claim("inconclusive")], effects=[{**SLOWER, "verdict": "inconclusive"}])
    assert sentences.verdict(undecided, "complete").first.startswith("Inconclusive: ")


def test_a_gain_that_is_not_one_of_time_is_no_plain_no() -> None:
    fewer = {**claim("supported"), "metric": "query_count"}
    verdict = sentences.verdict(summary_of(claims=[fewer, claim("refuted")], effects=[SLOWER]), "complete")
    assert verdict.first == "Partly: 1 of 2 measured claims is supported, 1 refuted."
    assert verdict.rest[0].startswith("Mean service time rose by 2.0%")
    no_worse = {**fewer, "bound": -0.05}
    assert sentences.verdict(
        summary_of(claims=[no_worse, claim("refuted")], effects=[SLOWER]), "complete"
    ).first.startswith("No: ")


def test_it_does_not_where_something_got_faster_or_all_claims_hold_or_times_are_withheld() -> None:
    claims = [claim("supported"), claim("refuted")]
    faster = {**effect(), "endpoint": "job", "verdict": "better", "n": 9}
    gained = sentences.verdict(summary_of(claims=claims, effects=[SLOWER, faster], cache=NEVER_ASKED), "complete")
    assert gained.first == "Partly: 1 of 2 measured claims is supported, 1 refuted, and the cache is never used."
    held = sentences.verdict(summary_of(claims=[claim()], effects=[SLOWER]), "complete")
    assert held.first.startswith("Yes:")
    withheld = summary_of(claims=claims, effects=[SLOWER], control={"withheld": ["drift"]})
    assert sentences.verdict(withheld, "complete").first.startswith("Partly:")
    asked = summary_of(claims=claims, effects=[SLOWER], cache=[{"endpoint": "ALL", "gets": 7}])
    assert "never used" not in str(sentences.verdict(asked, "complete"))


@pytest.mark.parametrize("status", ["failed", "interrupted", "running"])
def test_no_verdict_is_drawn_from_a_run_that_did_not_end(status: str) -> None:
    text = str(sentences.verdict(summary_of(claims=[claim()], effects=[effect()]), status))
    assert text.startswith("No verdict")
    assert "supported" not in text


def part(estimate: float, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {
        "estimate": estimate,
        "low": estimate * 0.9 if low is None else low,
        "high": estimate * 1.1 if high is None else high,
    }


def attributed(*, whole: float = 0.03, scale: str = "log", withheld: tuple[str, ...] = ()) -> Summary:
    rows = [
        {"factor": name, "scale": scale, "shapley_share": share, "whole": part(whole),
         "shapley": part(ratio), "leave_one_out": part(last, *ends)}
        for name, share, ratio, last, ends in (
            ("indexes", 0.1, 0.8, 0.95, (0.9, 1.0)), ("queries", 0.6, 0.1, 0.4, ()), ("caching", 0.3, 0.375, 0.5, ()),
        )
    ]  # fmt: skip
    return summary_of(attribution=rows, control={"withheld": withheld})


def test_the_gain_is_reported_as_a_product_by_share_and_what_each_is_worth_today() -> None:
    assert sentences.attribution(attributed()) == (
        "33.3× faster, shared among the switches as 10.0 (queries) × 2.67 (caching) × 1.25 (indexes). With all other switches "
        "on, requests would take 2.5 times as long without ‘queries’, 100% more time without ‘caching’ and 5% more time without "
        "‘indexes’ (not significant)."
    )


def test_responses_that_changed_in_another_cell_are_not_called_unchanged() -> None:
    cells = [{"cell": "all_on", "changed": 0}, {"cell": "queries", "changed": 3}]
    summary = summary_of(claims=[claim()], equivalence={"compared": 1000, "changed": 0, "by_cell": cells})
    verdict = sentences.verdict(summary, "complete")
    assert verdict.rest[-1] == "Responses changed in the cell ‘queries’, but not with everything on."
    assert "unchanged" not in str(verdict)
    cells.append({"cell": "caching", "changed": 1})
    assert sentences.verdict(summary, "complete").rest[-1] == (
        "Responses changed in the cells ‘queries’ and ‘caching’, but not with everything on."
    )


def test_what_made_it_slower_is_reported_as_slower() -> None:
    assert str(sentences.attribution(attributed(whole=1.5))).startswith(
        "1.50× slower, shared among the switches as 0.100 (queries)"
    )


def test_no_product_without_verdicts_or_on_a_linear_scale() -> None:
    assert sentences.attribution(attributed(withheld=("two identical cells differed",))) is None
    assert sentences.attribution(attributed(scale="linear")) is None
    assert sentences.attribution(summary_of()) is None


def test_what_switches_do_together_is_reported_where_it_is_certain() -> None:
    def row(together: dict[str, float | None], names: str = "a x b") -> dict[str, Any]:
        return {"kind": "interaction", "factor": names, "together": together}

    single = [{"kind": "factor", "factor": name} for name in "abcd"]
    rows = [
        row(part(0.8)),
        row(part(3.0)),
        row(part(1.0)),
        row(part(1.3), "a x b x c"),
        row(part(0.8), "a x b x c x d"),
    ]
    product, pairwise = "the product of their separate effects predicts", "their separate and pairwise effects predict"
    assert sentences.interactions(summary_of(attribution=[*single, *rows])) == [
        f"With only ‘a’ and ‘b’ on, requests take 20% less time than {product} (12 to 28%).",
        f"With only ‘a’ and ‘b’ on, requests take 3.0 times as long as {product} (2.7 to 3.3 times).",
        f"With only ‘a’, ‘b’ and ‘c’ on, requests take 30% more time than {pairwise} (17 to 43%).",
        "With ‘a’, ‘b’, ‘c’ and ‘d’ on, requests take 20% less time than the effects of fewer of them predict (12 to 28%).",
    ]


def test_a_withheld_verdict_says_why_and_gives_no_times() -> None:
    control = {"withheld": ["two identical cells differed by +9%"]}
    summary = summary_of(claims=[claim()], effects=[effect()], control=control)
    verdict = sentences.verdict(summary, "complete")
    assert "No verdict on times: two identical cells differed by +9%." in verdict.rest
    assert "service time" not in str(verdict)


def test_the_smallest_gain_or_the_worst_regression_is_named() -> None:
    row = effect(endpoint="job", n=9, verdict="better")
    assert sentences.spread(summary_of(effects=[row])) == (
        "1 of 1 endpoints got faster, 0 slower. Smallest significant gain: job takes 94.9% less time (94.7 to 95.0%)."
    )
    unclear = {**row, "endpoint": "profile", "ratio": 1.09, "low": 0.42, "high": 2.82, "verdict": "inconclusive"}
    assert sentences.spread(summary_of(effects=[{**row, "verdict": "inconclusive"}, unclear])) == (
        "0 of 2 endpoints got faster, 0 slower."
    )
    assert "profile" not in sentences.spread(summary_of(effects=[row, unclear])), "nothing is known of it"
    worse = {**row, "endpoint": "missing-job", "ratio": 2.88, "low": 2.5, "high": 3.2, "verdict": "worse"}
    assert sentences.spread(summary_of(effects=[row, worse])) == (
        "1 of 2 endpoints got faster, 1 slower. Worst regression: missing-job takes 2.9 times as long (2.5 to 3.2 times)."
    )


def test_a_share_of_the_traffic_is_that_of_the_scenarios_weights() -> None:
    endpoints = [{"name": "job", "weight": 89}, {"name": "pay", "method": "POST", "weight": 9}]
    run = saved_run.without_samples(scenario={"traffic": {"endpoints": endpoints}})
    effects = [effect(n=1000), effect(endpoint="job", n=600), effect(endpoint="pay", n=400)]
    assert sentences.share(summary_of(effects=effects), run, ["pay"]) == "9.18% of the traffic"
    assert sentences.share(summary_of(effects=effects), run, ["pay", "job"]) == "100% of the traffic"
    without = saved_run.without_samples(scenario={"traffic": {"endpoints": [{"name": "job"}, {"name": "pay"}]}})
    assert sentences.share(summary_of(effects=effects), without, ["pay"]) == "40% of the measured requests"
    assert sentences.share(summary_of(), without, ["pay"]) == ""
