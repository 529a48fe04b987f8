"""What to do about switches."""

from __future__ import annotations

import pytest

from perflab.report.first_page.actions import actions
from tests.perflab import saved_run
from tests.perflab.report.first_page.test_actions import ENDPOINTS, FACTORS, actions_of, last, run_of
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import scenario


def test_reads_that_a_switch_slows_are_named_and_writes_are_not() -> None:
    effects = [
        last("caching", 1.4, "worse", "job"), last("queries", 3.0, "worse", "payments"), last("caching", 2.0, "worse", "pay"),
        last("indexes", 1.2, "worse", "job"),
    ]  # fmt: skip
    slower = actions(summary_of(effects=effects), run_of())
    assert [action.what for action in slower] == [
        "Check the effect of ‘queries’ on payments", "Exclude job from ‘caching’", "Check the effect of ‘indexes’ on job",
    ]  # fmt: skip
    assert slower[0].gain.startswith("with it, and all other switches on, the endpoint takes ")


def test_endpoints_that_are_not_named_are_counted() -> None:
    effects = [last(name, 1.2 + n / 10, "worse", "job") for n, name in enumerate(("indexes", "queries", "caching"))]
    effects.append(last("caching", 1.1, "worse", "payments"))
    *_, more = actions_of({"effects": effects})
    assert more == "Check 1 more endpoint that a switch makes slower: summary.json has the effects."


@pytest.mark.parametrize(
    ("verdict", "ratio", "what"),
    [
        ("better", 0.5, "Keep ‘queries’"),
        ("worse", 1.2, "Switch off ‘queries’"),
        ("equivalent", 1.0, "No practical effect: ‘queries’ changes service time by less than the margin; remove it"),
        (
            "inconclusive",
            0.99,
            "Undecided: this run cannot tell whether ‘queries’ helps; measure longer or decide on other grounds",
        ),
    ],
)
def test_what_a_switch_does_on_top_of_the_others_decides(verdict: str, ratio: float, what: str) -> None:
    (action,) = actions(summary_of(effects=[last("queries", ratio, verdict)]), run_of())
    assert action.what == what
    assert action.gain.lower().startswith("without it, requests would take ")
    assert action.sentence == f"{what}{'. W' if ':' in what else ': w'}{action.gain[1:]}."


def test_two_versions_of_the_code_are_no_switch() -> None:
    traits = {"queries": ["compares_code"]}
    data = scenario(traffic={"endpoints": ENDPOINTS}, factors=FACTORS, factor_traits=traits)
    run = saved_run.without_samples(scenario=data, status="complete")
    effects = [last("queries", 1.2, "worse"), last("queries", 1.4, "worse", "job")]
    assert [action.what for action in actions(summary_of(effects=effects), run)] == ["Find out why job got slower"]


def test_a_switch_that_saves_only_queries_is_kept_where_they_cost_more() -> None:
    fewer = last("queries", 0.8, "better") | {"metric": "query_count"}
    for verdict, time in (
        ("equivalent", "and no time here"), ("inconclusive", "and this run cannot tell whether it saves time"),
    ):  # fmt: skip
        (action,) = actions(summary_of(effects=[last("queries", 0.99, verdict), fewer]), run_of())
        assert action.what == f"‘queries’ saves queries, {time}: keep it where the database is farther away"
        assert action.gain.startswith("Without it, requests would make 25% more queries and take 1")


def test_what_a_switch_costs_stands_beside_what_it_gains() -> None:
    (action,) = actions_of({"effects": [last("caching", 0.9, "better"), last("caching", 1.2, "worse", "WRITES")]})
    assert action.endswith("; with it, writes take 20% more time (15 to 25%).")
