"""The section of claims."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perflab.report.sections.claims import build
from perflab.run.scenario import scenario_hash
from perflab.run.store import Run
from perflab.run.summary import Summary


def of(run: Run, **changes: Any) -> Run:
    """The same run with another run.json."""
    return replace(run, meta={**run.meta, **changes})


@pytest.mark.parametrize(("changed", "since"), [(False, "have not changed since"), (True, "have changed since")])
def test_the_preregistered_hash_is_shown_and_compared_with_the_scenario(
    run: Run, summary: Summary, changed: bool, since: str
) -> None:
    digest = scenario_hash(run.scenario)
    scenario = {**run.scenario, "margin": 0.5} if changed else run.scenario
    text = build(summary, of(run, scenario=scenario, preregistration=digest)).text
    assert digest in text and since in text
    assert "preregistered" not in build(summary, of(run, preregistration=None)).text


def test_a_scenario_without_claims_says_so(run: Run, summary: Summary) -> None:
    assert build(replace(summary, claims=()), run).text == "Claims\n\nThe scenario makes no claim."


def test_lookups_are_counted_only_where_there_is_a_cache(run: Run, summary: Summary) -> None:
    assert "cells, cache lookups, responses, or (for repeated queries)" in build(summary, run).markup
    assert "lookups" not in build(replace(summary, cache=(), claims=summary.claims[:1]), run).markup


def test_every_claim_stands_with_its_verdict(run: Run, summary: Summary) -> None:
    lines = build(summary, run).text.splitlines()
    for claim in summary.claims:
        (line,) = (line for line in lines if line.startswith(f"  {claim.statement} "))
        assert line.endswith(claim.verdict)
