"""The sections that are made from the summary and the run alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perflab.report.html import Markup, Section
from perflab.report.sections import sections
from perflab.run.preregistration import scenario_hash
from perflab.run.store import Run


def of(run: Run, **changes: Any) -> Run:
    """The same run with another run.json."""
    return replace(run, meta={**run.meta, **changes})


def test_the_controls_say_what_they_found_and_nothing_else(run: Run, summary: dict[str, Any]) -> None:
    text = sections.controls(summary, of(run, preregistration=None)).text
    control = summary["control"]
    said = [control[name]["sentence"] for name in ("twin", "canary", "carry_over", "reference")]
    assert text.splitlines()[2:] == [f"- {sentence}" for sentence in said]


def test_a_run_that_withholds_says_so_first(run: Run, summary: dict[str, Any]) -> None:
    withheld = {**summary, "control": {**summary["control"], "withheld": ["two identical cells differed"]}}
    text = sections.controls(withheld, run).text
    assert text.splitlines()[2] == "- No verdict on times: two identical cells differed."


def test_without_controls_nothing_says_how_far_to_trust_it(run: Run, summary: dict[str, Any]) -> None:
    assert "no controls" in sections.controls({**summary, "control": {}}, of(run, preregistration=None)).text


def test_a_run_that_stopped_early_says_when_why_and_how_its_intervals_were_made(
    run: Run, summary: dict[str, Any]
) -> None:
    scenario = {**run.scenario, "precision": {"metric": "latency_s", "within": 0.015}}
    text = sections.controls(summary, of(run, scenario=scenario, stopped_after=6)).text
    assert "stopped after 6 rounds" in text
    assert "service time was known to 1.5%" in text
    assert "made at 97%" in text
    assert "stopped after" not in sections.controls(summary, of(run, scenario=scenario)).text


@pytest.mark.parametrize(("changed", "said"), [(False, "they are the same now"), (True, "they were changed since")])
def test_the_pledge_is_shown_and_held_against_the_scenario(
    run: Run, summary: dict[str, Any], changed: bool, said: str
) -> None:
    sealed = scenario_hash(run.scenario)
    scenario = {**run.scenario, "margin": 0.5} if changed else run.scenario
    text = sections.claims(summary, of(run, scenario=scenario, preregistration=sealed)).text
    assert sealed in text and said in text


def test_a_scenario_without_claims_says_so(run: Run, summary: dict[str, Any]) -> None:
    assert sections.claims({**summary, "claims": []}, run).text == "Claims\n\nThe scenario makes no claim."


def test_every_claim_stands_with_its_verdict(run: Run, summary: dict[str, Any]) -> None:
    text = sections.claims(summary, run).text
    for claim in summary["claims"]:
        assert claim["statement"] in text and claim["verdict"] in text


def test_the_command_to_repeat_it_stands_in_the_provenance(run: Run, summary: dict[str, Any]) -> None:
    assert "Again: perflab run x.yaml" in sections.origin(summary, of(run, command="perflab run x.yaml")).text
    assert "Again:" not in sections.origin(summary, of(run, command=None)).text


def test_the_contents_lead_to_every_landmark(run: Run, summary: dict[str, Any]) -> None:
    found = [sections.claims(summary, run), sections.method(summary, run), Section(Markup("<p>no landmark</p>"), "")]
    markup = sections.contents(found).markup
    assert '<a href="#claims">Claims</a>' in markup
    assert '<a href="#method">Method</a>' in markup
    assert markup.count("<li>") == 2


def test_doubts_about_this_very_run_stand_with_its_controls(run: Run, summary: dict[str, Any]) -> None:
    text = sections.controls({**summary, "control": {}}, of(run, checks={"made": 1, "of": 2})).text
    assert "no controls" in text and "Of 2 requests that look for wrong answers 1 were made" in text
