"""A query's text in the file and the diff."""

from __future__ import annotations

import pytest

from perflab.worker.budget.shapes import MAX_LENGTH, shape

JOIN = (
    'SELECT "a"."id", COUNT("b"."id") AS "n" FROM "a" INNER JOIN "b" ON ("b"."a_id" = "a"."id") WHERE "a"."Name" = %s'
)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            'SELECT "a"."id", "a"."x" FROM "a" WHERE "a"."id" = %s LIMIT 21',
            "SELECT ... FROM a WHERE id = ? LIMIT ?",
        ),
        (JOIN, 'SELECT ..., COUNT(b.id) AS n FROM a INNER JOIN b ON (b.a_id = a.id) WHERE a."Name" = ?'),
        ("SELECT `a`.`id` FROM `a` WHERE `a`.`id` IN (%s, %s)", "SELECT ... FROM a WHERE id IN (...)"),
        ('INSERT INTO "a" ("x", "y") VALUES (%s, %s) RETURNING "a"."id"', "INSERT INTO a VALUES (...) RETURNING id"),
        ('UPDATE "a" SET "x" = %s WHERE "a"."id" = 7', "UPDATE a SET x = ? WHERE id = ?"),
        ("UPDATE a SET b = 1, c = 2, d = 3, e = %s WHERE id = 7", "UPDATE a SET ... WHERE id = ?"),
        ("PRAGMA  foreign_keys\n= ON", "PRAGMA foreign_keys = ON"),
        ("SELECT \x1b[31m FROM 'open", "SELECT [31m FROM 'open"),
        ("", ""),
    ],
)
def test_shapes(sql: str, text: str) -> None:
    assert shape(sql) == text


LONG = {
    "nested": "SELECT " + "(" * 3000,
    "one word": "X" * 10**6,
    "half a surrogate pair": "\ud800 SELECT",
    "conditions": "SELECT a FROM t WHERE " + "b = 1 AND " * 400,
}


@pytest.mark.parametrize("sql", LONG.values(), ids=LONG)
def test_any_text_is_one_short_printable_line(sql: str) -> None:
    text = shape(sql)
    assert len(text) <= MAX_LENGTH
    assert text.isprintable()
