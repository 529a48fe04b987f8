"""Both counts of statements, on a real server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from perflab.experiment.observe.statements import received
from perflab.servers.aliases.layout import name_of
from perflab.servers.database import POSTGRESQL, SQLITE
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.settings import STATEMENTS

NAME = f"{RUN_PREFIX}statements"
LOG = name_of(NAME, "log")

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def counting(perflab_home: object) -> Iterator[PostgresServer]:
    with PostgresServer(preload=[STATEMENTS]) as server:
        server.create_database(NAME)
        server.create_database(LOG)
        yield server


def counts(server: Any, sent: int | None, *recorded: str, bypassing: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    queries = [{"cell": "all_on", "sql": sql, "times": 2} for sql in recorded]
    replay = SimpleNamespace(
        sent={"all_on": sent}, rows=SimpleNamespace(queries=queries), conditions=SimpleNamespace(number=1),
        bypassing={"all_on": Counter(bypassing)},
    )  # fmt: skip
    return received(server, {"all_on": NAME}, ["log"], cast(Any, replay))


def test_what_django_did_not_send_is_counted_and_named(counting: PostgresServer) -> None:
    before = counts(counting, 0)[0]["received"]
    with counting.connect(NAME) as connection, counting.connect(LOG) as log:
        for number in range(3):
            connection.execute("SELECT relname FROM pg_class WHERE oid = %s LIMIT 21", [number])
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = 7000")
            connection.execute("SELECT count(*) FROM pg_class")
        log.execute("SELECT count(*) FROM pg_class")
        connection.execute("SELECT pg_stat_force_next_flush()")
    (row,) = counts(counting, 3, "SELECT relname FROM pg_class WHERE oid = %s LIMIT 21", "SELECT 1")
    assert row["received"] - before == 5, "neither transactions, nor settings, nor the lab's own"
    assert (row["round"], row["cell"], row["sent"]) == (1, "all_on", 3)
    assert row["unseen"][0] == {"sql": "SELECT count(*) FROM pg_class", "times": 2}


def test_deferred_keys_are_checked_by_the_server_and_sent_by_nobody(counting: PostgresServer) -> None:
    with counting.connect(NAME) as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        connection.execute("CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        connection.execute("INSERT INTO parent VALUES (1)")
        before = counts(counting, 0)[0]["received"]
        with connection.transaction():
            connection.execute("INSERT INTO child SELECT 1 FROM generate_series(1, 50)")
    assert counts(counting, 0)[0]["received"] - before == 1


def test_without_either_count_nothing_is_compared(counting: PostgresServer, postgres: PostgresServer) -> None:
    assert counts(counting, None) == []
    assert counts(postgres, 7) == [], "this server does not count"
    silent = SimpleNamespace(vendor=POSTGRESQL, statements=lambda names: None)
    assert counts(silent, 7) == []


def test_sqlite_tells_of_the_checks_statements_itself() -> None:
    (row,) = counts(
        SimpleNamespace(vendor=SQLITE), None, "SELECT 1", "SAVEPOINT s", "FETCH c", bypassing=("PRAGMA x",) * 3
    )
    assert (row["sent"], row["received"]) == (4, 7)
    assert row["unseen"] == [{"sql": "PRAGMA x", "times": 3}]
