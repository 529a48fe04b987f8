"""Plans of real databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perflab.analysis.database.plan import indexes_of
from perflab.analysis.database.scans import scans_of
from perflab.experiment.observe.plans import SERIALIZES_SINCE, explain
from perflab.servers.connections import Connection
from perflab.servers.ownership import TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles

BASE = f"{TEMPLATE_PREFIX}plans"


@pytest.fixture
def connection(postgres: PostgresServer) -> Iterator[Connection]:
    postgres.create_database(BASE)
    with postgres.connect(BASE) as connection:
        connection.execute("CREATE TABLE things (id int PRIMARY KEY, a int, name text)")
        connection.execute("INSERT INTO things SELECT n, n % 500, 'n' || n FROM generate_series(1, 5000) n")
        connection.execute("ANALYZE things")
        yield connection
    postgres.drop(BASE)


@pytest.mark.servers
def test_what_reads_is_executed(connection: Connection) -> None:
    plan = explain(connection, "SELECT name FROM things WHERE a = 7 ORDER BY name", times=3)
    assert plan is not None and plan.seconds is not None and 0 < plan.seconds < 5
    (scan,) = scans_of(json.loads(plan.text))
    assert (scan.table, scan.equal, scan.order) == ("things", ("a",), (("name", False),))
    assert (scan.rows, scan.removed) == (10, 4990)


@pytest.mark.servers
def test_an_index_is_named(connection: Connection) -> None:
    plan = explain(connection, "SELECT name FROM things WHERE id = 7")
    assert plan is not None and indexes_of(plan.plan) == ["things_pkey"]


@pytest.mark.servers
def test_the_time_includes_reading_what_lies_outside_of_the_table(connection: Connection) -> None:
    if connection.info.server_version < SERIALIZES_SINCE:
        pytest.skip("PostgreSQL 17 and later")
    statements: list[str] = []

    class Noting:
        info = connection.info
        transaction = connection.transaction

        def execute(self, query: Any) -> Any:
            statements.append(str(query))
            return connection.execute(query)

    plan = explain(Noting(), "SELECT name FROM things")
    assert plan is not None and plan.seconds is not None
    assert "SERIALIZE TEXT" in statements[-1]


@pytest.mark.servers
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM things",
        "INSERT INTO things VALUES (9999, 1, '100%')",
        "SELECT * FROM things WHERE id = 1 FOR UPDATE",
    ],
)
def test_what_writes_or_locks_is_planned_alone(connection: Connection, statement: str) -> None:
    plan = explain(connection, statement)
    assert plan is not None and plan.seconds is None
    assert connection.execute("SELECT count(*) FROM things").fetchone() == (5000,)


@pytest.mark.servers
def test_a_query_that_writes_in_disguise_changes_nothing(connection: Connection) -> None:
    assert explain(connection, "WITH gone AS (DELETE FROM things RETURNING id) SELECT count(*) FROM gone") is not None
    assert connection.execute("SELECT count(*) FROM things").fetchone() == (5000,)


@pytest.mark.servers
@pytest.mark.parametrize("statement", ["SELECT no_such FROM things", "BEGIN", "", "SELECT 1; DROP TABLE things"])
def test_what_has_no_plan_has_none(connection: Connection, statement: str) -> None:
    assert explain(connection, statement) is None
    assert connection.execute("SELECT count(*) FROM things").fetchone() == (5000,)


def test_sqlites_plan_is_lines_and_what_writes_is_planned_alone(tmp_path: Path) -> None:
    with SqliteFiles(tmp_path / "sqlite") as files:
        files.create_database(BASE)
        with files.connect(BASE) as connection:
            connection.execute("CREATE TABLE things (id integer PRIMARY KEY, a int)")
            connection.execute("CREATE INDEX by_a ON things (a)")
            connection.execute("INSERT INTO things VALUES (1, 2)")
            plan = explain(connection, "SELECT id FROM things WHERE a = 2", times=3)
            assert plan is not None and indexes_of(json.loads(plan.text)) == ["by_a"] and (plan.seconds or 0) > 0
            writing = explain(connection, "DELETE FROM things WHERE a = 2", times=3)
            assert writing is not None and writing.seconds is None
            assert explain(connection, "SELECT no_such FROM things") is None
            connection.execute("INSERT INTO things VALUES (2, 3)")
            assert connection.execute("SELECT count(*) FROM things").fetchone() == (2,), (
                "nothing went, and it can be written to"
            )
