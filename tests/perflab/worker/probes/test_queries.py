from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from perflab.worker.probes import queries
from perflab.worker.probes.queries import QueryProbe


def run(probe: QueryProbe, sql: Any) -> str:
    result: str = probe.wrapper(lambda *args: "result", sql, (), False, {})
    return result


def test_counts_queries_and_repeated_texts() -> None:
    probe = QueryProbe()
    probe.start()
    assert run(probe, "SELECT 1") == "result"
    run(probe, "SELECT 2")
    run(probe, "SELECT 1")
    run(probe, "SELECT 1")
    assert (probe.count, probe.duplicates) == (4, 2)
    assert probe.time_ns > 0


def test_what_is_read_are_the_columns_of_queries() -> None:
    probe = QueryProbe()
    probe.start()
    for _ in range(3):
        run(probe, "SELECT 1")
    costs = probe.read()
    assert (costs["query_count"], costs["duplicate_query_count"]) == (3, 2)
    assert costs["query_time_s"] == probe.time_ns / 1e9 > 0


def test_the_applications_part_of_the_time_in_queries_is_its_cpu_time(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = QueryProbe()
    probe.start()
    # Each query takes 20 ms, of which its thread computes for 3 ms; between the two it computes for 5 ms.
    monkeypatch.setattr(queries, "monotonic_ns", iter([0, 20_000_000, 30_000_000, 50_000_000]).__next__)
    monkeypatch.setattr(queries, "thread_time_ns", iter([0, 3_000_000, 8_000_000, 11_000_000]).__next__)
    run(probe, "SELECT 1")
    run(probe, "SELECT 2")
    costs = probe.read()
    assert (costs["query_time_s"], costs["query_app_cpu_s"]) == (0.040, 0.006)
    probe.start()
    assert probe.read()["query_app_cpu_s"] == 0


def test_start_forgets_the_request_before() -> None:
    probe = QueryProbe()
    run(probe, "SELECT 1")
    probe.start()
    run(probe, "SELECT 1")
    assert (probe.count, probe.duplicates) == (1, 0)


def test_a_query_that_fails_is_counted_and_its_error_goes_on() -> None:
    probe = QueryProbe()

    def fails(*args: Any) -> None:
        raise ValueError("no such table")

    with pytest.raises(ValueError, match="no such table"):
        probe.wrapper(fails, "SELECT 1", (), False, {})
    assert probe.count == 1
    assert probe.time_ns > 0


def test_a_composed_query_is_distinguished_by_what_it_says() -> None:
    from psycopg import sql

    probe = QueryProbe()
    for name in ("a", "b", "a"):
        run(probe, sql.SQL("SELECT {}").format(sql.Identifier(name)))
    assert (probe.count, probe.duplicates) == (3, 1)


@pytest.mark.parametrize("sql", ["BEGIN", "BEGIN IMMEDIATE"])
def test_the_begin_that_django_sends_sqlite_is_no_query_of_the_projects(sql: str) -> None:
    probe = QueryProbe()
    assert run(probe, sql) == "result"
    assert (probe.count, probe.duplicates, probe.time_ns) == (0, 0, 0)


class Connection:
    """As much of Django's connection as the probe touches."""

    def __init__(self) -> None:
        self.execute_wrappers: list[Any] = []

    def is_usable(self) -> bool:
        return True


def test_queries_of_all_connections_and_threads_count() -> None:
    probe = QueryProbe()
    probe.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: run(probe, f"SELECT {number % 100}"), range(2000)))
    assert (probe.count, probe.duplicates, len(probe._spans_ns)) == (2000, 1900, 2000)


def test_the_wrapper_is_on_each_connection_while_it_is_open() -> None:
    probe, connection = QueryProbe(), Connection()
    probe.attach(connection)
    probe.attach(connection)
    assert connection.execute_wrappers == [probe.wrapper]
    probe.detach(connection)
    assert connection.execute_wrappers == [], "what it sends while it is set up again is no query of a request"


def test_what_was_sent_through_django_is_counted_as_the_server_counts() -> None:
    probe, connection = QueryProbe(), Connection()
    probe.attach(connection)
    run(probe, "SELECT 1")  # a login, between two requests
    probe.start()
    for sql in (
        "SELECT 1",
        "SAVEPOINT s1",
        "ROLLBACK TO SAVEPOINT s1",
        " set search_path = app",
        "FETCH FORWARD 100 FROM c",
    ):
        run(probe, sql)
    probe.wrapper(lambda *args: None, "INSERT INTO t VALUES (%s)", [(1,), (2,), (3,)], True, {})
    assert connection.is_usable(), "a health check is a statement that no wrapper sees"
    assert probe.sent() == 1 + 2 + 3 + 1
    assert probe.sent() == 0
    assert len(probe.read()) == 4


def test_many_parameters_of_unknown_number_leave_the_count_unknown() -> None:
    probe = QueryProbe()
    probe.wrapper(lambda *args: None, "INSERT INTO t VALUES (%s)", iter([(1,)]), True, {})
    assert probe.sent() is None
    assert probe.sent() == 0
