"""The section on whether the run can be trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from perflab.report.sections.controls import SHOWN, build
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab.summaries import claim, finding


def of(run: Run, **changes: Any) -> Run:
    """The same run with another run.json."""
    return replace(run, meta={**run.meta, **changes})


def test_the_controls_say_what_they_measured_and_nothing_else(run: Run, summary: Summary) -> None:
    text = build(summary, of(run, preregistration=None)).text
    sentences = [summary.control[name]["sentence"] for name in SHOWN if name != "variation"]
    assert summary.control["variation"]["sentence"] is None, "these rounds are too few to tell what they vary by"
    assert text.splitlines()[2:] == [f"- {sentence}" for sentence in sentences]


def test_what_the_project_did_outside_is_listed_here(run: Run, summary: Summary) -> None:
    refused = finding(**{"class": "refused_connection"}, sentence="The project connects to a.test: refused.")
    text = build(replace(summary, findings=(refused,), control={}), run).text
    assert "no controls" in text and "- The project connects to a.test: refused." in text


def test_a_run_that_withholds_says_so_first(run: Run, summary: Summary) -> None:
    withheld = replace(summary, control={**summary.control, "withheld": ["two identical cells differed"]})
    assert build(withheld, run).text.splitlines()[2] == "- No verdict on times: two identical cells differed."


def test_without_controls_there_is_no_measure_of_trust(run: Run, summary: Summary) -> None:
    assert "no controls" in build(replace(summary, control={}), of(run, preregistration=None)).text


def test_a_run_that_stopped_early_says_when_why_and_how_its_intervals_were_made(run: Run, summary: Summary) -> None:
    scenario = {**run.scenario, "precision": {"metric": "latency_s", "within": 0.015}}
    text = build(summary, of(run, scenario=scenario, stopped_after=6)).text
    assert "stopped after 6 rounds" in text
    assert "because the change in service time was known to within ± 1.5%" in text
    assert "computed at 97%" in text
    assert "stopped after" not in build(summary, of(run, scenario=scenario)).text


def test_a_duel_that_stopped_early_says_that_only_widths_decided(run: Run, summary: Summary) -> None:
    factors = {"factors": [{"name": "change", "kind": "code"}], "factor_traits": {"change": ["compares_code"]}}
    code = {**run.scenario, **factors, "claims": []}
    text = build(summary, of(run, scenario=code, stopped_after=6)).text
    assert "after 6 rounds, before its time was up, because the times of both revisions were known well enough" in text


def test_a_run_that_stopped_because_its_claims_are_decided_names_those_that_are_not(run: Run, summary: Summary) -> None:
    profile = {"decide": True, "rounds": 8}
    scenario = {**run.scenario, "profiles": {"smoke": profile}}
    stopped = of(run, scenario=scenario, stopped_after=5)
    decided = replace(summary, claims=(claim(verdict="supported"),))
    text = build(decided, stopped).text
    assert (
        "stopped after 5 rounds, before its time was up, because each claim on a figure was decided. Claims were"
        in text
    )
    assert "computed at 98.2% so that they still hold in 95% of runs" in text
    open_ = replace(summary, claims=(claim(verdict="inconclusive", statement="Twice as fast"),))
    assert "decided but for these, which the rounds left could not decide: Twice as fast." in build(open_, stopped).text


def test_doubts_about_this_very_run_stand_with_its_controls(run: Run, summary: Summary) -> None:
    text = build(replace(summary, control={}), of(run, checks={"made": 1, "of": 2})).text
    assert "no controls" in text and "time for only 1 of 2 check requests (which look for wrong responses)" in text
