"""Queries that compare many rows to drop duplicates."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.analysis.database.mistakes.distinct import distinct_sorts, dropped
from perflab.analysis.stats.values import plain
from tests.perflab.analysis.database.mistakes.plans_of import FACTORS, SCENARIO, node, plans_of, queries_of

DISTINCT = 'SELECT DISTINCT u.id, u.name FROM "user" u INNER JOIN "review" r ON (u.id = r.user_id) ORDER BY u.name ASC LIMIT 10'


def joined(rows: float | None = 15000.0) -> dict[str, Any]:
    return node("Hash Join", node("Seq Scan", rows=rows), rows=rows)


def sorted_and_unique(rows: float | None = 15000.0, kept: float = 10) -> dict[str, Any]:
    return node("Limit", node("Unique", node("Sort", joined(rows), rows=kept * 15), rows=kept), rows=kept)


def hashed(strategy: str = "Hashed") -> dict[str, Any]:
    return node("Limit", node("Sort", node("Aggregate", joined(), rows=1000, Strategy=strategy), rows=10), rows=10)


def of(statement: str, plan: Any) -> tuple[float, float] | None:
    (row,) = plain(plans_of(statement, plan, ["all_on"]))
    return dropped(row)


def test_rows_are_compared_by_sorting_or_by_hashing() -> None:
    assert of(DISTINCT, sorted_and_unique()) == (15000, 10)
    assert of(DISTINCT, hashed()) == (15000, 1000)


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        (DISTINCT, sorted_and_unique(rows=999)),
        (DISTINCT, sorted_and_unique(rows=1500, kept=1400)),
        (DISTINCT, sorted_and_unique(rows=None)),
        (DISTINCT, node("Limit", joined())),
        (DISTINCT, hashed("Plain")),
        (DISTINCT, ["SCAN user", "USE TEMP B-TREE FOR DISTINCT"]),
        ("SELECT u.id FROM u GROUP BY u.id", hashed()),
        ("SELECT DISTINCT u.id, COUNT(*) FROM u GROUP BY u.id", hashed()),
        ("SELECT COUNT(*) FROM (SELECT DISTINCT a FROM u) s", hashed()),
    ],
    ids=["few", "few duplicates", "not executed", "nothing dropped", "one sum", "SQLite", "groups", "both", "a count"],
)
def test_a_sound_query_is_none(statement: str, plan: Any) -> None:
    assert of(statement, plan) is None
    assert [*distinct_sorts(plans_of(statement, plan), queries_of(statement), SCENARIO, FACTORS)] == []


def test_the_finding_says_how_many_rows_are_compared_for_how_many() -> None:
    plans, queries = plans_of(DISTINCT, sorted_and_unique()), queries_of(DISTINCT, source=None)
    (finding,) = distinct_sorts(plans, queries, SCENARIO, FACTORS)
    assert (finding.kind, finding.endpoint, finding.index, finding.factors) == ("sort_unserved", "reviews", None, [])
    assert "index" not in finding.example
    assert finding.sentence == (
        "reviews compares 15,000 rows for DISTINCT to keep 10 in a request (1.20 ms), whichever factors are on: no index serves "
        "that, and EXISTS in place of the join has no duplicates to drop."
    )
