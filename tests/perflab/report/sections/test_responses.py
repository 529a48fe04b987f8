"""The section on whether responses stayed the same."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report.sections.responses import MAX_IGNORED, MAX_LENGTH, build
from perflab.run.store import Run
from tests.perflab.summaries import summary_of

REQUEST = {"step": 7, "method": "GET", "path": "/jobs/1", "body": None, "user": "12"}
STALE: dict[str, Any] = {
    "class": "stale", "severity": "error", "sentence": "job gave the answer from before a write, once, with caching on.",
    "endpoint": "job", "method": "GET", "factors": ["caching"], "count": 1, "steps": [{"round": 1, "step": 7}],
    "example": {
        "round": 1, "step": 7, "cell": "caching", "pointer": "/body/title", "expected": "new", "got": "old",
        "request": REQUEST, "write": {**REQUEST, "step": 6, "method": "PATCH"}, "right_for": {**REQUEST, "step": 2},
    },
}  # fmt: skip
SAME = {"compared": 100, "changed": 0, "by_cell": [{"compared": 60}, {"compared": 40}]}


def text(run: Run, findings: list[dict[str, Any]], **same: Any) -> str:
    return build(summary_of(findings=findings, equivalence={**SAME, **same}), run).text


def test_where_all_are_the_same_it_says_how_many_were_compared(run: Run) -> None:
    assert "Yes: all 100 responses that could be compared, over all cells, are the same." in text(run, [])


def test_a_finding_comes_with_its_example_and_the_request_to_repeat_it(run: Run) -> None:
    shown = build(summary_of(findings=[STALE], equivalence={**SAME, "changed": 1}), run)
    assert "No. A change that alters responses is not an optimisation" in shown.text
    assert 'GET /jobs/1 as 12 · /body/title: "old" instead of "new" · ' in shown.text
    for part in (
        "caching",
        "/body/title",
        "read back after PATCH /jobs/1 as 12",
        "correct response to GET /jobs/1 as 12",
    ):
        assert part in shown.markup


@pytest.mark.parametrize("changes", [{"pointer": None}, {"request": None}, {"write": None, "right_for": None}])
def test_what_is_unknown_of_an_example_is_left_out(run: Run, changes: dict[str, Any]) -> None:
    finding = {**STALE, "example": {**STALE["example"], **changes}}
    assert "None" not in build(summary_of(findings=[finding], equivalence={**SAME, "changed": 1}), run).markup


def test_what_was_ignored_is_listed(run: Run) -> None:
    masks = [{"endpoint": "job", "pointer": "/body/at", "kind": "time", "example": "x"}]
    assert "because they also differ between two identical cells: job /body/at (time)." in text(run, [], masks=masks)


def test_very_many_masked_places_are_counted(run: Run) -> None:
    masks = [
        {"endpoint": "job", "pointer": f"/body/{n}", "kind": "time", "example": "x"} for n in range(MAX_IGNORED + 5)
    ]
    assert "and 5 more places" in text(run, [], masks=masks)


def test_what_was_not_checked_is_listed_with_the_reason(run: Run) -> None:
    rows = [{"endpoint": "job", "check": "stale", "reason": "no entry of it was ever kept in a cache"}]
    shown = build(summary_of(findings=[], equivalence={**SAME, "not_checked": rows}), run)
    assert "Not checked" in shown.markup
    assert "job, whether it is out of date after a write: no entry of it was ever kept in a cache." in shown.text
    assert "Not checked" not in build(summary_of(findings=[], equivalence=SAME), run).markup


def test_a_run_from_before_there_was_an_aa_control_of_the_baseline_keeps_its_note(run: Run) -> None:
    cells = [cell for cell in run.meta["cells"] if cell["name"] != "twin_off"]
    earlier = Run(run.directory, {**run.meta, "cells": cells})
    summary = summary_of(findings=[], equivalence=SAME)
    assert "the headers that caches and browsers act on" in build(summary, earlier).markup
    assert "all headers but Date" in build(summary, run).markup


def test_nondeterministic_responses_are_listed_and_blame_no_switch(run: Run) -> None:
    itself = {**STALE, "class": "unstable", "factors": []}
    shown = build(summary_of(findings=[itself], equivalence=SAME), run)
    assert "Yes: all 100 responses that could be compared" in shown.text
    assert "no switch: nondeterministic" in shown.markup
    by_a_switch = {**itself, "factors": ["caching"]}
    assert "No. A change that alters" in build(summary_of(findings=[by_a_switch], equivalence=SAME), run).text


def test_findings_of_other_kinds_and_runs_that_compared_nothing(run: Run) -> None:
    assert "Yes: " in text(run, [{**STALE, "class": "cache_never_read"}])
    assert "No response could be compared." in text(run, [], compared=0)
    assert "No: 3 of 100" in text(run, [], changed=3)


def test_what_the_further_checks_found_stands_below_the_table(run: Run) -> None:
    finding = {**STALE, "class": "pages_overlap", "factors": [], "sentence": "job shows a row on two pages."}
    shown = build(summary_of(findings=[finding], equivalence=SAME), run)
    assert "Yes: all 100 responses that could be compared" in shown.text, "the cells agree"
    assert "job shows a row on two pages." in shown.text and "First example" not in shown.text


def test_hostile_text_is_escaped_and_cut(run: Run) -> None:
    hostile = {**STALE, "endpoint": "<script>", "example": {**STALE["example"], "got": "<b>" * MAX_LENGTH}}
    markup = build(summary_of(findings=[hostile], equivalence={**SAME, "changed": 1}), run).markup
    assert "<script>" not in markup and "<b>" not in markup and "&lt;b&gt;" in markup
    assert "…" in markup
