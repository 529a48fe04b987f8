"""What a SELECT asks of a table, read from its text as Django writes it."""

from __future__ import annotations

import pytest

from perflab.analysis.database.statement import Asked, asked_of, conjuncts

JOINED = (
    'SELECT "j"."id", "c"."name" FROM "j" INNER JOIN "c" ON ("j"."client_id" = "c"."id") '
    'WHERE ("j"."status" = \'open (or "so")\' AND "j"."made" >= \'2025-01-01\' AND "c"."city" = \'Graz\') '
    'ORDER BY "j"."made" DESC, "j"."id" ASC LIMIT 20'
)


def test_equality_ranges_and_order_are_told_apart_table_by_table() -> None:
    assert asked_of(JOINED, "j") == Asked(("status",), ("made",), (("made", True), ("id", False)))
    assert asked_of(JOINED, "c") == Asked(("city",), (), ())
    assert asked_of(JOINED, "k") == Asked()


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
        ('"t"."a ""b""" = 1', ('a ""b""',), ()),
    ],
)
def test_conditions(condition: str, equal: tuple[str, ...], ranges: tuple[str, ...]) -> None:
    asked = asked_of(f'SELECT "t"."x" FROM "t" WHERE {condition} LIMIT 1', "t")
    assert (asked.equal, asked.ranges) == (equal, ranges)


def test_what_a_subquery_asks_is_not_asked_by_the_whole() -> None:
    inner = 'SELECT "t"."id" FROM "t" WHERE "t"."x" IN (SELECT "u"."x" FROM "u" WHERE "u"."b" = 1 ORDER BY "u"."c")'
    assert asked_of(inner, "u") == Asked()
    assert asked_of(inner, "t") == Asked((), ("x",))


def test_an_order_counts_as_far_as_it_is_by_columns_of_the_table() -> None:
    mixed = 'SELECT 1 FROM "t" WHERE "t"."a" = 1 ORDER BY "t"."b" ASC, "u"."c" ASC, "t"."d" ASC'
    assert asked_of(mixed, "t").order == (("b", False),)


def test_conditions_that_all_have_to_hold() -> None:
    assert conjuncts("((a = '(') AND (b = 2))") == ["a = '('", "b = 2"]
    assert conjuncts("((a = 1) AND (((b = 2) OR (c = 3)) AND (d = 4)))") == ["a = 1", "d = 4"]
    assert conjuncts("((a = 1) OR (b = 2))") == []
    assert conjuncts("") == []


def test_a_text_that_is_no_query_asks_nothing() -> None:
    assert asked_of("", "t") == asked_of("PRAGMA x", "t") == Asked()
