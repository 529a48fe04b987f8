"""Statements whose order is open, on real databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from perflab.experiment.observe.ordering import MAX_ROWS, open_order
from perflab.run.tables import UNSORTED
from perflab.servers.ownership import TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer

BASE = f"{TEMPLATE_PREFIX}ordering"
TABLE = "CREATE TABLE things (id int PRIMARY KEY, day int, name text)"
# Three rows a day: (0, 0), (1, 0), (2, 0), (3, 1) ...
ROWS = [(n, n // 3, f"n{n}") for n in range(30)]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "sqlite":
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as file:
            file.execute(TABLE)
            file.executemany("INSERT INTO things VALUES (?, ?, ?)", ROWS)
            yield file
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    postgres.create_database(BASE)
    with postgres.connect(BASE) as server:
        server.execute(TABLE)
        with server.cursor() as cursor:
            cursor.executemany("INSERT INTO things VALUES (%s, %s, %s)", ROWS)
        yield server
    postgres.drop(BASE)


THINGS = 'SELECT "things"."id", "things"."name" FROM "things"'


@pytest.mark.parametrize(
    ("rest", "order"),
    [
        ('ORDER BY "things"."day" DESC', "day DESC"),
        ('ORDER BY "things"."day" ASC LIMIT 3 OFFSET 3', "day"),
        ('WHERE "things"."id" IN (0, 3, 6) ORDER BY "things"."day" ASC LIMIT 2', None),
        ('WHERE "things"."id" IN (0, 3, 4) ORDER BY "things"."day" ASC LIMIT 1', None),
        ('WHERE "things"."id" IN (0, 3, 4) ORDER BY "things"."day" ASC LIMIT 1 OFFSET 1', "day"),
        ('WHERE "things"."id" IN (0, 1, 3) ORDER BY "things"."day" ASC LIMIT 1 OFFSET 2', None),
        ('ORDER BY "things"."day" ASC LIMIT 2', "day"),
        ('ORDER BY "things"."day" ASC LIMIT 1', "day"),
        ('ORDER BY "things"."day" ASC LIMIT 1 OFFSET 2', "day"),
        ('ORDER BY "things"."day" ASC, "things"."id" ASC', None),
        ('ORDER BY "things"."id" ASC', None),
        ('WHERE "things"."name" LIKE \'n1%\' ORDER BY "things"."day" ASC', "day"),
        ('WHERE "things"."id" = 7 ORDER BY "things"."day" ASC', None),
        ('WHERE "things"."id" = 7', None),
        ('WHERE "things"."id" < 2', UNSORTED),
        ("LIMIT 21", UNSORTED),
        ("ORDER BY RANDOM()", None),
        ("FOR UPDATE", None),
    ],
)
def test_an_order_is_open_where_rows_of_the_result_have_the_same_keys(
    connection: Any, rest: str, order: str | None
) -> None:
    if rest == "FOR UPDATE" and isinstance(connection, sqlite3.Connection):
        pytest.skip("SQLite has no locks of rows")
    assert open_order(connection, f"{THINGS} {rest}") == order


@pytest.mark.parametrize(
    ("statement", "order"),
    [
        ('SELECT "day", COUNT("id") AS "n" FROM "things" GROUP BY "day" ORDER BY "n" DESC', "n DESC"),
        ('SELECT "day" AS "d", COUNT("id") AS "n" FROM "things" GROUP BY 1 ORDER BY 1 ASC', None),
        ('SELECT "day", COUNT("id") AS "n" FROM "things" GROUP BY "day" ORDER BY 2 DESC', 'COUNT("id") DESC'),
        ('SELECT DISTINCT "day" FROM "things" ORDER BY "day" ASC', None),
        ('SELECT COUNT(*) FROM "things"', None),
        ("INSERT INTO things VALUES (99, 1, 'x')", None),
        ("SELECT FROM WHERE", None),
        ("", None),
    ],
)
def test_keys_are_resolved_by_place_and_by_alias(connection: Any, statement: str, order: str | None) -> None:
    assert open_order(connection, statement) == order
    assert connection.execute("SELECT COUNT(*) FROM things").fetchone()[0] == len(ROWS)


def test_of_a_long_result_the_first_rows_are_looked_at() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(TABLE)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO things VALUES (?, ?, '')", [(n, min(n, MAX_ROWS + 50)) for n in range(MAX_ROWS + 100)]
        )
        connection.execute("COMMIT")
        assert open_order(connection, "SELECT id FROM things ORDER BY day ASC") is None
        assert open_order(connection, "SELECT id FROM things ORDER BY day DESC") == "day DESC"
