"""Both counts of statements, on a real server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from perflab.experiment.observe.statements import StatementCounts
from perflab.servers.aliases.layout import name_of
from perflab.servers.database import SQLITE
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.postgres import PostgresServer

NAME = f"{RUN_PREFIX}statements"
LOG = name_of(NAME, "log")

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def counting(perflab_home: object) -> Iterator[PostgresServer]:
    with PostgresServer(counting=True) as server:
        server.create_database(NAME)
        server.create_database(LOG)
        yield server


def step(measured: bool) -> Any:
    return (SimpleNamespace(is_measured=measured),)


def replay_of(sent: int | None, *recorded: str, bypassing: tuple[str, ...] = ()) -> Any:
    queries = [{"cell": "all_on", "sql": sql, "times": 2} for sql in recorded]
    return SimpleNamespace(
        sent={"all_on": sent}, rows=SimpleNamespace(queries=queries), conditions=SimpleNamespace(number=1),
        bypassing={"all_on": Counter(bypassing)},
    )  # fmt: skip


def counted(server: PostgresServer, warm_up: Callable[[], None], measured: Callable[[], None], check: Callable[[], None],
            *recorded: str) -> list[dict[str, Any]]:  # fmt: skip
    """Both counts of a round that does this."""
    counts = StatementCounts(server, ["log"])
    for work, block in zip(
        (warm_up, measured, measured), counts.until_measured([step(False), step(True), step(True)]), strict=True
    ):
        assert block is not None
        work()
    with counts.checking():
        check()
    return counts.rows({"all_on": NAME}, replay_of(3, *recorded))


def nothing() -> None:
    pass


def test_what_django_did_not_send_is_counted_and_named(counting: PostgresServer) -> None:
    def send() -> None:
        with counting.connect(NAME) as connection, counting.connect(LOG) as log:
            for number in range(3):
                connection.execute("SELECT relname FROM pg_class WHERE oid = %s LIMIT 21", [number])
            with connection.transaction():
                connection.execute("SET LOCAL statement_timeout = 7000")
                connection.execute("SELECT count(*) FROM pg_class")
            log.execute("SELECT count(*) FROM pg_class")
            connection.execute("SELECT pg_stat_force_next_flush()")

    (before,) = counted(counting, nothing, nothing, nothing)
    (row,) = counted(
        counting, send, nothing, nothing, "SELECT relname FROM pg_class WHERE oid = %s LIMIT 21", "SELECT 1"
    )
    assert row["received"] - before["received"] == 5, "neither transactions, nor settings, nor the lab's own"
    assert (row["round"], row["cell"], row["sent"]) == (1, "all_on", 3)
    assert {"sql": "SELECT count(*) FROM pg_class", "times": 2} in row["unseen"]
    (again,) = counted(counting, nothing, send, send)
    assert again["received"] - row["received"] == 5, "of the checks; nothing is counted while requests are measured"


def test_deferred_keys_are_checked_by_the_server_and_sent_by_nobody(counting: PostgresServer) -> None:
    with counting.connect(NAME) as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        connection.execute("CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        connection.execute("INSERT INTO parent VALUES (1)")

    def insert() -> None:
        with counting.connect(NAME) as connection, connection.transaction():
            connection.execute("INSERT INTO child SELECT 1 FROM generate_series(1, 50)")

    (before,) = counted(counting, nothing, nothing, nothing)
    (row,) = counted(counting, nothing, nothing, insert)
    assert row["received"] - before["received"] == 1


def test_without_either_count_nothing_is_compared(counting: PostgresServer, postgres: PostgresServer) -> None:
    assert counted(postgres, nothing, nothing, nothing) == [], "this server does not count"
    counts = StatementCounts(counting, [])
    with counts.checking():
        pass
    assert counts.rows({"all_on": NAME}, replay_of(None)) == []


def test_sqlite_tells_of_the_checks_statements_itself() -> None:
    files: Any = SimpleNamespace(vendor=SQLITE, count_statements=lambda on: None, statements=lambda: None)
    counts = StatementCounts(files, [])
    with counts.checking():
        pass
    replay = replay_of(None, "SELECT 1", "SAVEPOINT s", "FETCH c", bypassing=("PRAGMA x",) * 3)
    (row,) = counts.rows({"all_on": NAME}, replay)
    assert (row["sent"], row["received"]) == (4, 7)
    assert row["unseen"] == [{"sql": "PRAGMA x", "times": 3}]
