"""Findings of the further checks: which cells show it, who is to blame, and what is said."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.responses.further import CLASSES, history_of, of_further, unexplained, without_history
from perflab.report.first_page.actions import REMEDIES
from perflab.run.records import Finding

FACTORS = ("indexes", "caching")
CELLS = ("all_off", "indexes", "caching", "all_on", "twin", "twin_off")
CACHING = ("caching", "all_on", "twin")
REQUEST = {"method": "GET", "path": "/users/7/payments", "user": "7"}
DETAILS: dict[str, dict[str, Any]] = {
    "open_to_anyone": {"anyone": True, "users": True, "other": "9"},
    "pages_overlap": {"pages": [0, 1], "row": 12, "paths": ["/?page=1", "/?page=2"]},
    "depends_on_history": {"pointer": "/body/name", "expected": '"a"', "got": '"b"'},
    "cached_absence": {"write": "pay", "status": 404},
    "stale_304": {"write": "pay", "header": "If-None-Match"},
    "ignores_header": {"header": "Accept-Language", "values": ["de", "fr"]},
}
SAID = {
    "open_to_anyone": "payments returns a user's own content to anyone: /users/7/payments, which user 7 requests of itself, "
    "returns the same without a login, and to user 9; if it is meant to be public, nothing is wrong.",
    "pages_overlap": "payments shows a row on two pages: row 12 is on /?page=1 and on /?page=2.",
    "depends_on_history": "payments returns something else in a process that has just started, with the same data and switches: "
    "/users/7/payments differs at /body/name. It depends on the requests that the process has served before, and no switch is to "
    "blame.",
    "cached_absence": "payments does not find what was created after it had been requested once with ‘caching’ on: "
    "/users/7/payments still returns 404 after pay has created it.",
    "stale_304": "payments returns 304 (not modified) after pay has changed it with ‘caching’ on: /users/7/payments with "
    "If-None-Match, and without it the new content.",
    "ignores_header": "payments ignores Accept-Language with ‘caching’ on: a request of /users/7/payments for fr gets the "
    "response for de; with everything off, they differ.",
}  # fmt: skip
IN_EVERY_CELL = ("open_to_anyone", "pages_overlap", "depends_on_history")


def row(kind: str, showing: tuple[str, ...] = CELLS, cells: tuple[str, ...] = CELLS, **detail: Any) -> dict[str, Any]:
    shows = {cell: cell in showing for cell in cells}
    made = {"cell": showing[0], **DETAILS[kind], **detail} if showing else {}
    return {"class": kind, "endpoint": "payments", "request": REQUEST, "cells": shows, "detail": made}


@pytest.mark.parametrize("kind", CLASSES)
def test_each_class_has_its_sentence_and_its_remedy(kind: str) -> None:
    (finding,) = of_further([row(kind, CELLS if kind in IN_EVERY_CELL else CACHING)], FACTORS)
    assert (finding.kind, finding.endpoint, finding.method) == (kind, "payments", "GET")
    assert finding.sentence == SAID[kind]
    assert list(finding.factors) == ([] if kind in IN_EVERY_CELL else ["caching"])
    assert finding.severity == ("warning" if kind in ("open_to_anyone", "pages_overlap") else "error")
    assert finding.example["request"] == REQUEST
    assert "payments" in REMEDIES[kind].format("payments")


@pytest.mark.parametrize("kind", CLASSES)
def test_what_no_cell_shows_is_no_finding(kind: str) -> None:
    assert of_further([row(kind, ())], FACTORS) == []


@pytest.mark.parametrize(
    ("showing", "cells", "factors"),
    [
        (("caching", "all_on", "twin"), CELLS, ["caching"]),
        (("all_on", "twin"), CELLS, ["indexes", "caching"]),
        (("caching", "all_on"), CELLS, None),  # and the A/A control does not
        (("all_off", "caching", "all_on", "twin"), CELLS, None),
        (("twin_off",), CELLS, None),
        (("caching", "all_on"), ("caching", "all_on"), None),  # the baseline cannot tell
        (("all_off", "twin_off"), ("all_off", "twin_off"), []),
    ],
)
def test_a_switch_is_named_only_if_just_the_cells_with_it_show_it(
    showing: tuple[str, ...], cells: tuple[str, ...], factors: list[str] | None
) -> None:
    findings = of_further([row("stale_304", showing, cells)], FACTORS)
    assert [list(finding.factors) for finding in findings] == ([] if factors is None else [factors])


def test_what_a_cache_lets_anyone_read_is_an_error() -> None:
    (finding,) = of_further([row("open_to_anyone", CACHING)], FACTORS)
    assert (finding.severity, finding.factors) == ("error", ["caching"])
    assert "to anyone with ‘caching’ on" in finding.sentence


@pytest.mark.parametrize(
    ("anyone", "users", "who"), [(True, False, "the same without a login;"), (False, True, "the same to user 9;")]
)
def test_who_gets_it_is_told(anyone: bool, users: bool, who: str) -> None:
    (finding,) = of_further([row("open_to_anyone", anyone=anyone, users=users)], FACTORS)
    assert who in finding.sentence


def test_rows_on_no_page_are_counted() -> None:
    made = row("pages_overlap")
    made["detail"] = {"rows": 24, "count": 25}
    (finding,) = of_further([made], FACTORS)
    assert finding.sentence == (
        "payments shows some rows on no page: the pages from /users/7/payments on have 24 rows, and the first one counts 25."
    )


def test_pages_of_responses_that_differ_between_cells_are_no_second_finding() -> None:
    by_caching, everywhere = row("pages_overlap", CACHING), row("pages_overlap")
    assert len(of_further([by_caching, everywhere], FACTORS)) == 2
    (finding,) = of_further([by_caching, everywhere], FACTORS, {"payments", None})
    assert finding.factors == []


def test_the_most_harmful_come_first() -> None:
    findings = of_further([row(kind) for kind in reversed(CLASSES)], FACTORS)
    assert [finding.kind for finding in findings] == list(CLASSES)


def test_responses_that_depend_on_history_blame_no_switch() -> None:
    rows = [row("depends_on_history"), {**row("depends_on_history", ()), "endpoint": "job"}, row("stale_304")]
    endpoints = history_of(rows)
    assert endpoints == {"payments"}
    answers = pd.DataFrame(
        {
            "endpoint": ["payments", "payments", "job"],
            "class": ["content", "cross_user_leak", "content"],
            "like_step": [3, 4, 5],
        }
    )
    result = without_history(answers, endpoints)
    assert list(result["class"]) == ["unstable", "cross_user_leak", "content"]
    assert list(result["like_step"]) == [-1, 4, 5]
    assert without_history(answers, frozenset()) is answers


def test_what_depends_on_history_is_not_called_unstable_as_well() -> None:
    findings = [
        Finding(kind, "warning", "It is so.", endpoint=endpoint)
        for kind, endpoint in (("unstable", "payments"), ("cross_user_leak", "payments"), ("unstable", "job"))
    ]
    assert unexplained(findings, {"payments"}) == findings[1:]
