"""How a SELECT accesses a table, read from its text as Django writes it."""

from __future__ import annotations

import pytest

from perflab.analysis.database.statement import Access, access_of, table_of

JOINED = (
    'SELECT "j"."id", "c"."name" FROM "j" INNER JOIN "c" ON ("j"."client_id" = "c"."id") '
    'WHERE ("j"."status" = \'open (or "so")\' AND "j"."made" >= \'2025-01-01\' AND "c"."city" = \'Graz\') '
    'ORDER BY "j"."made" DESC, "j"."id" ASC LIMIT 20'
)


def test_equality_ranges_and_order_are_distinguished_table_by_table() -> None:
    assert access_of(JOINED, "j") == Access(("status",), ("made",), (("made", True), ("id", False)))
    assert access_of(JOINED, "c") == Access(("city",), (), ())
    assert access_of(JOINED, "k") == Access()


@pytest.mark.parametrize(
    ("condition", "equal", "ranges"),
    [
        ('"t"."a" = 5', ("a",), ()),
        ('"t"."a" IS NULL', ("a",), ()),
        ('("t"."a" = 5 AND "t"."a" > 3)', ("a",), ()),
        ('"t"."a" BETWEEN 1 AND 5', (), ("a",)),
        ('"t"."a" IN (1, 2)', (), ("a",)),
        ('("t"."a" = 5 OR "t"."b" = 6)', (), ()),
        ('("t"."a" = 5 AND ("t"."b" = 6 OR "t"."c" = 7))', ("a",), ()),
        ('"t"."a" = "u"."b"', (), ()),
        ('"t"."a" = ("u"."b")', (), ()),
        ('NOT ("t"."a" = 5)', (), ()),
        ('"t"."a ""b""" = 1', ('a "b"',), ()),
    ],
)
def test_conditions(condition: str, equal: tuple[str, ...], ranges: tuple[str, ...]) -> None:
    access = access_of(f'SELECT "t"."x" FROM "t" WHERE {condition} LIMIT 1', "t")
    assert (access.equal, access.ranges) == (equal, ranges)


def test_what_a_subquery_reads_is_not_queried_by_the_whole() -> None:
    inner = 'SELECT "t"."id" FROM "t" WHERE "t"."x" IN (SELECT "u"."x" FROM "u" WHERE "u"."b" = 1 ORDER BY "u"."c")'
    assert access_of(inner, "u") == Access()
    assert access_of(inner, "t") == Access((), ("x",))


def test_an_order_counts_as_far_as_it_is_by_columns_of_the_table() -> None:
    mixed = 'SELECT 1 FROM "t" WHERE "t"."a" = 1 ORDER BY "t"."b" ASC, "u"."c" ASC, "t"."d" ASC'
    assert access_of(mixed, "t").order == (("b", False),)


def test_a_text_that_is_no_query_asks_nothing() -> None:
    assert access_of("", "t") == access_of("PRAGMA x", "t") == access_of("SELECT ((", "t") == Access()


@pytest.mark.parametrize(
    ("name", "table"), [("j", "j"), ("T3", "c"), ("x", "c"), ("c", "c"), ("subquery", None), ("nothing", None)]
)
def test_an_alias_stands_for_a_table(name: str, table: str | None) -> None:
    statement = (
        'SELECT 1 FROM "j" INNER JOIN "c" T3 ON (T3."a" = "j"."a") WHERE EXISTS(SELECT 1 FROM "c" AS "x") '
        'AND "j"."b" IN (SELECT "b" FROM (SELECT 1 AS "b") "subquery")'
    )
    assert table_of(statement, name) == table


def test_what_cannot_be_parsed_names_no_table() -> None:
    assert table_of("no statement (", "j") is None
