from __future__ import annotations

from typing import Any

import pytest

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
