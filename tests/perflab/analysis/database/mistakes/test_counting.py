"""Requests that count a whole table."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.analysis.database.mistakes.counting import counted_rows, is_count, whole_counts
from perflab.analysis.stats.values import plain
from tests.perflab.analysis.database.mistakes.plans_of import FACTORS, SCENARIO, node, plans_of, queries_of

COUNT = 'SELECT COUNT(*) AS "__count" FROM "shop_review"'
TABLE: dict[str, Any] = {"Relation Name": "shop_review", "Alias": "shop_review"}
WHOLE = node("Aggregate", node("Seq Scan", rows=15000, **TABLE, **{"Rows Removed by Filter": 0}), rows=1)
BY_INDEX = node("Index Only Scan", rows=15000, **TABLE, **{"Index Name": "review_pkey"})


def counted(statement: str, plan: Any) -> tuple[str, float] | None:
    (row,) = plain(plans_of(statement, plan, ["all_on"]))
    return counted_rows(row)


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        (COUNT, True),
        ('SELECT COUNT(*) FROM (SELECT DISTINCT "a" FROM "shop_review") subquery', True),
        ('SELECT COUNT("shop_review"."id") AS "n" FROM "shop_review" WHERE "status" = \'open\'', True),
        ('SELECT "a", COUNT(*) FROM "shop_review" GROUP BY "a"', False),
        ('SELECT COUNT(*) FROM "shop_review" GROUP BY "a"', False),
        ('SELECT SUM("rating"), COUNT(*) FROM "shop_review"', False),
        ('SELECT "count" FROM "shop_review"', False),
        ("no statement (", False),
    ],
)
def test_a_count_returns_one_number(statement: str, counts: bool) -> None:
    assert is_count(statement) is counts


def test_a_whole_table_is_counted_with_or_without_an_index() -> None:
    assert counted(COUNT, WHOLE) == ("shop_review", 15000)
    assert counted(COUNT, node("Aggregate", BY_INDEX)) == ("shop_review", 15000)
    kept = node("Seq Scan", rows=10, **TABLE, **{"Rows Removed by Filter": 14990})
    assert counted(f"{COUNT} WHERE status = 'open'", node("Aggregate", kept)) == ("shop_review", 15000)


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        (COUNT, node("Aggregate", {**BY_INDEX, "Index Cond": "(reviewed_id = 7)"})),
        (COUNT, node("Aggregate", node("Seq Scan", rows=4999, **TABLE, **{"Rows Removed by Filter": 0}))),
        (COUNT, node("Aggregate", node("Seq Scan", **TABLE))),
        (COUNT, ["SCAN shop_review USING COVERING INDEX review_pkey"]),
        ('SELECT "a", COUNT(*) FROM "shop_review" GROUP BY "a"', WHOLE),
        ('SELECT "a" FROM "shop_review"', WHOLE),
    ],
    ids=["a part, by an index", "a small table", "not executed", "SQLite", "groups", "no count"],
)
def test_a_sound_count_is_none(statement: str, plan: Any) -> None:
    assert counted(statement, plan) is None
    assert [*whole_counts(plans_of(statement, plan), queries_of(statement), SCENARIO, FACTORS)] == []


def test_the_finding_says_how_many_rows_where_and_how_long() -> None:
    (finding,) = whole_counts(plans_of(COUNT, WHOLE), queries_of(COUNT), SCENARIO, FACTORS)
    assert (finding.kind, finding.endpoint, finding.table, finding.method) == (
        "scan_count",
        "reviews",
        "shop_review",
        "GET",
    )
    assert finding.factors == [] and finding.count == 2 and finding.example["rows"] == 15000
    assert finding.sentence == (
        "reviews counts by reading all 15,000 rows of shop_review in a request (1.20 ms, at shop/pages.py:4 page), whichever "
        "factors are on: that takes longer with every row."
    )
