"""What plans read row by row, and what for."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.analysis.database.scans import Scan, scans_of

SCAN = {"Node Type": "Seq Scan", "Relation Name": "jobs", "Alias": "jobs"}


def scan(condition: str, **more: Any) -> Scan:
    (scan_found,) = scans_of({**SCAN, "Filter": condition, **more})
    return scan_found


def test_the_condition_of_a_scan_by_an_index_is_known() -> None:
    node = {
        "Node Type": "Index Scan",
        "Relation Name": "jobs",
        "Index Name": "by_time",
        "Index Cond": "(client_id = 7)",
    }
    (scan_found,) = scans_of({**node, "Actual Rows": 2.0, "Filter": "(status = 'open')"})
    assert (scan_found.index, scan_found.equal, scan_found.bound, scan_found.rows) == (
        "by_time",
        ("client_id", "status"),
        ("client_id",),
        None,
    )
    by_order = {**SCAN, "Node Type": "Index Scan", "Index Name": "by_time", "Filter": "(a = 1)"}
    (by_filter,) = scans_of({**by_order, "Actual Rows": 2.0, "Rows Removed by Filter": 98})
    assert (by_filter.bound, by_filter.rows, by_filter.removed) == ((), 2.0, 98.0)


@pytest.mark.parametrize(
    ("condition", "equal", "ranges"),
    [
        ("(client_id = 7)", ("client_id",), ()),
        ("(u0.client_id = 7)", ("client_id",), ()),
        ("((status)::text = 'open'::text)", ("status",), ()),
        ("((a = 7) AND ((status)::text = 'a AND b'::text) AND (made >= now()))", ("a", "status"), ("made",)),
        ("(client_id = ANY ('{1,2}'::integer[]))", ("client_id",), ()),
        ("(deleted_at IS NULL)", ("deleted_at",), ()),
        ("((payer_id = 7) OR (recipient_id = 7))", (), ()),
        ("(upper(name) = 'X'::text)", (), ()),
        ("(NOT is_active)", (), ()),
        ("((client_id = 7) AND (NOT (hashed SubPlan 1)))", ("client_id",), ()),
        ("((client_id = (InitPlan 1).col1) AND (a <> 3) AND (b IS NOT NULL))", ("client_id",), ()),
        ("((client_id = 7) AND (made > '2025-01-01 00:00:00+00'::timestamp with time zone))", ("client_id",), ("made",)),
        ("((client_id = 7) AND (data @> '{}'::jsonb) AND (name !~~* 'x%'::text))", ("client_id",), ()),
        ("no condition that ( anybody could read", (), ()),
        ('("user" = 7)', ("user",), ()),
        ("", (), ()),
    ],
)  # fmt: skip
def test_what_a_condition_compares(condition: str, equal: tuple[str, ...], ranges: tuple[str, ...]) -> None:
    scan_found = scan(condition)
    assert (scan_found.equal, scan_found.ranges) == (equal, ranges)


def test_the_rows_of_an_executed_plan_and_the_order_that_they_get() -> None:
    child = {**SCAN, "Filter": "(client_id = 7)", "Actual Rows": 3.0, "Rows Removed by Filter": 997, "Actual Loops": 2}
    plan = {"Node Type": "Sort", "Sort Key": ["jobs.created_at DESC", "id", "upper(x)", "name"], "Plans": [child]}
    (scan_found,) = scans_of(plan)
    assert (scan_found.rows, scan_found.removed) == (3.0, 997.0)
    assert scan_found.order == (("created_at", True), ("id", False)), "as far as they are columns"
    assert scan("(a = 1)").rows is None


def test_the_order_may_come_after_joins_and_be_of_another_table() -> None:
    def ordered(*keys: str, join: str = "Nested Loop") -> tuple[tuple[str, bool], ...]:
        child = {**SCAN, "Alias": "j", "Filter": "(a = 1)"}
        scans = scans_of(
            {"Node Type": "Sort", "Sort Key": list(keys), "Plans": [{"Node Type": join, "Plans": [child]}]}
        )
        return scans[0].order

    assert ordered("j.made DESC", "j.id", "p.name") == (("made", True), ("id", False))
    assert ordered("p.name", "j.id") == ()
    assert ordered("j.made", join="Aggregate") == (), "what is sorted there are no longer its rows"


def test_sqlite() -> None:
    lines = [
        "SEARCH t USING INDEX t_a (a=?)",
        "SCAN u",
        "SCAN v USING COVERING INDEX v_b",
        "USE TEMP B-TREE FOR ORDER BY",
    ]
    assert scans_of(lines) == [Scan("u")]
    statement = 'SELECT 1 FROM "u" WHERE ("u"."a" = 1 AND "u"."b" > 2) ORDER BY "u"."c" DESC'
    assert scans_of(lines, statement) == [Scan("u", ("a",), ("b",), (("c", True),))]


def test_of_sqlite_an_alias_is_its_table_and_an_index_for_one_execution_is_a_scan() -> None:
    statement = 'SELECT 1 FROM "t" INNER JOIN "u" T3 ON (T3."a" = "t"."b") WHERE "t"."c" = 1'
    assert scans_of(["SCAN T3"], statement) == [Scan("u")]
    built = "SEARCH T3 USING AUTOMATIC COVERING INDEX (a=?)"
    assert scans_of(["SCAN t", built], statement) == [Scan("t", ("c",)), Scan("u", ("a",))]
    assert scans_of(["SEARCH subquery USING AUTOMATIC COVERING INDEX (a=?)"], statement) == [], "no table has it"


def test_a_column_beside_an_or_is_not_compared_by_itself() -> None:
    (scan_found,) = scans_of({**SCAN, "Filter": "((a = 1) AND ((b = 2) OR (c = 3)))"})
    assert scan_found.equal == ("a",)


def sorted_rows(read: float, shown: float, above: str = "Limit", **more: Any) -> float | None:
    child = {**SCAN, "Actual Rows": read, "Actual Loops": 1}
    sort = {"Node Type": "Sort", "Sort Key": ["a"], "Actual Rows": shown, "Plans": [child], **more}
    (scan_of_plan,) = scans_of({"Node Type": above, "Plans": [sort]})
    return scan_of_plan.sorted_rows


def test_how_many_rows_are_sorted_for_a_limit_that_shows_few() -> None:
    assert sorted_rows(5000, 10) == 5000 and sorted_rows(5000, 10, **{"Node Type": "Incremental Sort"}) == 5000
    assert sorted_rows(5000, 501) is None, "most are shown"
    assert sorted_rows(5000, 10, above="Unique") is None, "all of them are read"
    assert scan("(a = 1)").sorted_rows is None and scan("(a = 1)", **{"Actual Rows": 9}).sorted_rows is None
    not_executed = {"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Sort Key": ["a"], "Plans": [SCAN]}]}
    assert scans_of(not_executed)[0].sorted_rows is None


def test_rows_that_a_join_multiplies_are_those_that_are_sorted() -> None:
    join = {"Node Type": "Nested Loop", "Actual Rows": 9000.0, "Plans": [{**SCAN, "Actual Rows": 30.0}]}
    sort = {"Node Type": "Sort", "Sort Key": ["a"], "Actual Rows": 10.0, "Plans": [join]}
    assert scans_of({"Node Type": "Limit", "Plans": [sort]})[0].sorted_rows == 9000
