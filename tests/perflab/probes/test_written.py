"""What was written to a clone, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perflab.probes import written
from perflab.servers import RUN_PREFIX, TEMPLATE_PREFIX, PostgresServer

pytestmark = pytest.mark.servers

BASE = f"{TEMPLATE_PREFIX}written"
CLONE = f"{RUN_PREFIX}written"


@pytest.fixture
def clone(postgres: PostgresServer) -> Iterator[str]:
    postgres.create_database(BASE)
    with postgres.connect(BASE) as connection:
        connection.execute("CREATE TABLE things (id int PRIMARY KEY, name text)")
        connection.execute("CREATE TABLE pairs (a int, b text, PRIMARY KEY (b, a))")
        connection.execute("CREATE TABLE bare (x int)")
        connection.execute("CREATE TABLE untouched (x int)")
        connection.execute("INSERT INTO things SELECT n, 'old' FROM generate_series(1, 100) n")
    postgres.vacuum(BASE)
    postgres.clone(BASE, CLONE)
    yield CLONE
    for name in (CLONE, BASE):
        postgres.drop(name)


def do(postgres: PostgresServer, database: str, *statements: str) -> None:
    with postgres.connect(database) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        connection.execute("SELECT pg_stat_force_next_flush()")


def test_only_what_was_written_since_is_read(postgres: PostgresServer, clone: str) -> None:
    since = written.now(postgres)
    assert written.written(postgres, clone, since) == {}
    do(
        postgres,
        clone,
        "UPDATE things SET name = 'new' WHERE id = 7",
        "INSERT INTO things VALUES (101, 'more')",
        "DELETE FROM things WHERE id < 4",
        "INSERT INTO pairs VALUES (1, 'z'), (2, 'a')",
        "INSERT INTO bare VALUES (5)",
    )
    found = written.written(postgres, clone, since)
    assert set(found) == {"things", "pairs", "bare"}
    assert found["things"].count == 98
    assert found["things"].rows == {"[7]": {"id": 7, "name": "new"}, "[101]": {"id": 101, "name": "more"}}
    assert [*found["pairs"].rows] == ['["a", 2]', '["z", 1]'], "in the order of the key"
    assert [*found["bare"].rows.values()] == [{"x": 5}]


def test_a_table_that_only_lost_rows_is_found_by_its_count(postgres: PostgresServer, clone: str) -> None:
    since = written.now(postgres)
    do(postgres, clone, "DELETE FROM things")
    assert written.written(postgres, clone, since) == {"things": written.Written(0, {})}


def test_of_many_rows_the_first_are_read(
    postgres: PostgresServer, clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "MOST_ROWS", 3)
    since = written.now(postgres)
    do(postgres, clone, "UPDATE things SET name = 'new'")
    found = written.written(postgres, clone, since)["things"]
    assert found.count == 100 and [row["id"] for row in found.rows.values()] == [1, 2, 3]
