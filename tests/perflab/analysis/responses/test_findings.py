"""Findings about answers: their smallest set of factors, their example, their order."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.responses.answers import changed as changed_answers
from perflab.analysis.responses.blame import factors_on
from perflab.analysis.responses.findings import of_answers
from perflab.analysis.stats.pairs import Pairs
from perflab.run.records import MAX_STEPS, Finding
from perflab.run.tables import DIFFERENCES

FACTORS = ("indexes", "queries", "caching")
CELLS = (
    "all_off", "indexes", "queries", "caching", "indexes+queries", "indexes+caching", "queries+caching", "all_on", "twin",
)  # fmt: skip


def findings_of(changed: set[str], steps: int = 2, **differs: Any) -> list[Finding]:
    """Findings of a run in which some cells answer every Step but the first otherwise."""
    samples = pd.DataFrame(
        [
            {
                "round": 1,
                "step": n,
                "cell": cell,
                "endpoint": "jobs",
                "response_digest": "b" if cell in changed and n else "a",
            }
            for n in range(steps)
            for cell in CELLS
        ]
    )
    trace = pd.DataFrame(
        {"round": 1, "step": range(steps), "endpoint": "jobs", "method": "GET", "path": "/jobs", "body": None, "user": "7",
         "affected_by": pd.array([None, *[0] * (steps - 1)], dtype="Int32")}
    )  # fmt: skip
    kept = {
        "round": 1,
        "step": 1,
        "endpoint": "jobs",
        "pointer": "/body/0",
        "kind": "value",
        "expected": "1",
        "got": "2",
    }
    differences = pd.DataFrame(
        [{**kept, "cell": cell, **differs} for cell in sorted(changed)], columns=list(DIFFERENCES.names)
    )
    answers = changed_answers(Pairs.of(samples), trace, differences)
    return of_answers(answers, FACTORS, trace, differences)


def with_(*factors: str) -> set[str]:
    levels = factors_on(CELLS, FACTORS)
    return {cell for cell in CELLS if set(factors) <= levels[cell]}


@pytest.mark.parametrize(
    ("changed", "sets"),
    [
        (with_("caching"), [["caching"]]),
        (with_("queries", "caching"), [["queries", "caching"]]),
        (with_("indexes", "queries", "caching"), [["indexes", "queries", "caching"]]),
        (with_("queries") | with_("indexes"), [["indexes"], ["queries"]]),
        ({"all_on"}, [["indexes", "queries", "caching"]]),
        (set(), []),
    ],
)
def test_the_smallest_set_of_factors_is_named(changed: set[str], sets: list[list[str]]) -> None:
    if changed == {"all_on"}:
        assert [row.kind for row in findings_of(changed)] == ["unstable"], "its twin answers otherwise"
        return
    assert sorted(list(row.factors) for row in findings_of(changed)) == sets


def test_a_finding_has_what_the_contract_asks_for_and_is_json() -> None:
    (finding,) = findings_of(with_("caching"), steps=4)
    json.dumps(finding.as_dict(), allow_nan=False)
    assert (finding.kind, finding.severity, finding.endpoint, finding.method) == (
        "content",
        "error",
        "jobs",
        "GET",
    )
    assert finding.sentence == "jobs returned different content, 3 times, with ‘caching’ on."
    assert finding.count == 3
    assert finding.steps == [{"round": 1, "step": n} for n in (1, 2, 3)]
    assert finding.example == {
        "round": 1, "step": 1, "cell": "caching", "pointer": "/body/0", "expected": 1, "got": 2, "right_for": None,
        "request": {"step": 1, "method": "GET", "path": "/jobs", "body": None, "user": "7"},
        "write": {"step": 0, "method": "GET", "path": "/jobs", "body": None, "user": "7"},
    }  # fmt: skip


def test_a_finding_names_the_first_steps_only() -> None:
    (finding,) = findings_of(with_("caching"), steps=MAX_STEPS + 10)
    assert (finding.count, len(finding.steps)) == (MAX_STEPS + 9, MAX_STEPS)


def test_a_value_that_was_cut_is_shown_as_text() -> None:
    (finding,) = findings_of(with_("caching"), got='"abc…')
    assert finding.example["got"] == '"abc…'


def test_without_a_kept_difference_the_request_is_named_all_the_same() -> None:
    (finding,) = findings_of(with_("caching"), step=99)
    assert finding.example["pointer"] is None
    assert finding.example["request"]["path"] == "/jobs"


def test_what_differs_only_in_its_order_is_a_warning() -> None:
    (finding,) = findings_of(with_("queries"), kind="order")
    assert (finding.kind, finding.severity) == ("reordered", "warning")


def test_the_same_responses_have_no_finding() -> None:
    assert findings_of(set()) == []


def test_responses_that_change_by_themselves_are_one_finding_without_a_factor() -> None:
    samples = pd.DataFrame(
        [
            {"round": 1, "step": n, "cell": cell, "endpoint": "jobs", "response_digest": f"{cell} {n}"}
            for n in range(4)
            for cell in CELLS
        ]
    )
    trace = pd.DataFrame(
        {"round": 1, "step": range(4), "endpoint": "jobs", "method": "GET", "path": "/jobs", "body": None, "user": "7",
         "affected_by": pd.array([None] * 4, dtype="Int32")}
    )  # fmt: skip
    differences = pd.DataFrame([], columns=list(DIFFERENCES.names))
    (finding,) = of_answers(changed_answers(Pairs.of(samples), trace, differences), FACTORS, trace, differences)
    assert (finding.kind, finding.severity, finding.factors, finding.count) == (
        "unstable",
        "warning",
        [],
        4,
    )
    assert finding.sentence == (
        "jobs returned different responses in two identical cells, 4 times, "
        "whichever factors are on: the responses are nondeterministic."
    )
