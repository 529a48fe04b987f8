"""The section on database queries."""

from __future__ import annotations

import re
from typing import Any

import pytest

from perflab.analysis.places import MAX_SQL_LENGTH
from perflab.report.html import Section
from perflab.report.sections.queries import MAX_ENDPOINTS, build
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import scenario

FACTORS = [
    {"name": "indexes", "kind": "indexes"}, {"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"},
]  # fmt: skip
LONG = f'SELECT {", ".join(f"c{n}" for n in range(60))} FROM "user" WHERE id = ?'


def row(cell: str = "all_off", **changes: Any) -> dict[str, Any]:
    return {
        "endpoint": "payments", "cell": cell, "fingerprint": LONG, "sql": LONG, "times": 20.0, "most": 25, "seconds": 0.008,
        "rows": 20.0, "requests": 5, "repeated": True, "source": "app/cards.py:9 card", "relation": "shop.Payment.payer",
        **changes,
    }  # fmt: skip


COUNT: dict[str, Any] = {
    "fingerprint": "SELECT COUNT(*) FROM payment", "times": 1.0, "most": 1, "seconds": 0.002, "rows": 1.0, "relation": None,
    "repeated": False,
}  # fmt: skip
LEDGER = [
    row(), row(**COUNT), row("indexes+queries", **COUNT),
    row("indexes+queries", times=1.0, most=1, seconds=0.003, repeated=False, relation=None),
    row("all_on", **{**COUNT, "times": 0.4}),
]  # fmt: skip
FINDING = {
    "class": "repeated_query",
    "sentence": "payments makes the same query up to 9 times.",
    "endpoint": "payments",
}


def shown(rows: list[dict[str, Any]], findings: list[dict[str, Any]] | None = None, factors: Any = FACTORS) -> Section:
    run = saved_run.without_samples(scenario=scenario(factors=factors), factors=[factor["name"] for factor in factors])
    return build(summary_of(queries=rows, findings=findings or []), run)


def row_of(section: Section, endpoint: str = "payments") -> list[str]:
    """The cells of one endpoint's row, as text."""
    (line,) = (line for line in section.text.splitlines() if line.startswith(f"  {endpoint}"))
    return re.split("  +", line.strip())


def test_an_endpoint_has_its_queries_per_cell_and_those_to_look_at_first() -> None:
    section = shown(LEDGER)
    assert section.text.splitlines()[2] == (
        "With everything off, 1 of the 1 endpoints that make queries repeats a query within one request; with everything on, "
        "none does, whether on a cache hit or a miss."
    )
    assert row_of(section) == [
        "payments", "21", "2", "0.400",
        "20 per request, 8.00 ms, 20 rows · SELECT … FROM user WHERE id = ? · shop.Payment.payer · app/cards.py:9 card",
        "1 per request, 3.00 ms, 20 rows · SELECT … FROM user WHERE id = ? · app/cards.py:9 card",
    ]  # fmt: skip
    for part in ("Everything off", "Caches off", "Everything on", "shop.Payment.payer", "app/cards.py:9 card", "<code"):
        assert part in section.markup


def test_what_repeats_in_spite_of_everything_comes_first() -> None:
    section = shown(LEDGER, [FINDING, {**FINDING, "class": "stale", "sentence": "old"}])
    assert "; with everything on, 1 still does.\n- payments makes the same query up to 9 times." in section.text
    assert "<li>payments makes the same query up to 9 times.</li>" in section.markup and "old" not in section.markup


def test_what_only_repeats_with_a_switch_off_does_not_count_with_everything_on() -> None:
    removed = {**FINDING, "severity": "info", "sentence": "payments repeats it with ‘queries’ off."}
    section = shown(LEDGER, [removed])
    assert "with everything on, none does, whether" in section.text and "with ‘queries’ off" not in section.text


def test_other_mistakes_are_listed_and_indexes_have_their_own_section() -> None:
    lock = {**FINDING, "class": "lock_in_read", "sentence": "job is a read but locks."}
    sort = {**FINDING, "class": "sort_unserved", "sentence": "job sorts.", "example": {"index": "models.Index(...)"}}
    section = shown(LEDGER, [lock, sort])
    assert (
        "whether on a cache hit or a miss.\n- job is a read but locks." in section.text
        and "job sorts" not in section.text
    )


def test_what_goes_past_django_is_listed_here_too() -> None:
    bypassing = {"class": "reconnects", "sentence": "9 of 10 requests of job open a new database connection."}
    assert "- 9 of 10 requests of job open" in shown(LEDGER, [bypassing]).text


def test_only_those_that_spend_most_time_are_shown_and_where_the_others_are() -> None:
    many = [row(endpoint=f"e{n:02}", seconds=0.001 * n) for n in range(MAX_ENDPOINTS + 3)]
    section = shown(many)
    assert section.text.count("\n  e") == MAX_ENDPOINTS
    assert f"e{MAX_ENDPOINTS + 2}" in section.text and "e02" not in section.text
    assert "3 more endpoints are in summary.json." in section.markup
    assert "1 more endpoint is in summary.json." in shown(many[: MAX_ENDPOINTS + 1]).markup


def test_what_an_endpoint_does_not_ask_is_a_dash() -> None:
    section = shown([row("all_on", **COUNT)])
    assert "None" not in section.markup and row_of(section)[:4] == ["payments", "0", "0", "1"]
    assert section.markup.count("unknown") == 2


def test_a_query_that_runs_once_in_a_request_does_not_repeat() -> None:
    assert row_of(shown([row(**COUNT)]))[-2] == "–"
    assert row_of(shown([row(**COUNT), row()]))[-2].startswith("20 per request")


def test_rows_that_the_database_did_not_report_are_left_out() -> None:
    assert "20 per request, 8.00 ms · SELECT" in shown([row(rows=None)]).text


@pytest.mark.parametrize(
    ("factors", "cells", "longest"),
    [
        ([FACTORS[2]], 2, "Slowest, everything off"),
        ([FACTORS[1]], 2, "Slowest, everything on"),
        (FACTORS, 3, "Slowest, caches off"),
    ],
)
def test_cells_that_are_one_are_one_column(factors: Any, cells: int, longest: str) -> None:
    section = shown([row(), row("all_on"), row("indexes+queries")], factors=factors)
    assert longest in section.markup
    assert ("ache" in section.markup) == (FACTORS[2] in factors), "nothing of caches without one"
    assert len(row_of(section)) == 1 + cells + 2


def test_hostile_and_long_texts_are_escaped_and_cut() -> None:
    section = shown([row(fingerprint="<script>" * MAX_SQL_LENGTH, source="<b>", relation=None)])
    assert "<script>" not in section.markup and "<b>" not in section.markup and "…" in section.markup


def test_without_a_ledger_it_says_so() -> None:
    assert "No request had its queries recorded." in shown([]).text


def test_commit_is_a_line_of_its_own_where_there_is_any() -> None:
    run = saved_run.without_samples(scenario=scenario(factors=FACTORS), factors=[factor["name"] for factor in FACTORS])
    effect = {
        "endpoint": "ALL", "metric": "commit_time_s", "statistic": "mean", "contrast": "all_on / all_off", "before": 0.002,
        "after": 0.0,
    }  # fmt: skip
    text = build(summary_of(queries=LEDGER, effects=[effect]), run).text
    assert "COMMIT takes another 2.00 ms per request with everything off and 0 s with everything on" in text
    assert "COMMIT" not in build(summary_of(queries=LEDGER, effects=[{**effect, "before": 0.0}]), run).text
