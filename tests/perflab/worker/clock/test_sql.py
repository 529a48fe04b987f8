"""The statements that ask the database for the time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from perflab.worker.clock import TraceClock
from perflab.worker.clock.sql import MAX_TEXTS, SqlClock, postgresql_functions

POSTGRES, LITE, OTHER = (SimpleNamespace(vendor=vendor) for vendor in ("postgresql", "sqlite", "mysql"))
MOMENT = "'2025-10-20T00:00:01+00:00'::timestamptz"


@pytest.fixture
def clock() -> TraceClock:
    clock = TraceClock("2025-10-20")
    clock.at_s = 1
    return clock


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("SELECT 1", None),
        ("SELECT STATEMENT_TIMESTAMP() AS now FROM t", f"SELECT ({MOMENT}) AS now FROM t"),
        (
            "SELECT a FROM t WHERE b > now() - interval '1 day'",
            f"SELECT a FROM t WHERE b > ({MOMENT}) - interval '1 day'",
        ),
        ("select pg_catalog.now( )", f'select ({MOMENT}) AS "now"'),
        ("SELECT a, CURRENT_DATE, b FROM t", f'SELECT a, ({MOMENT}::date) AS "current_date", b FROM t'),
        ("SELECT f(a, now(), b) FROM t", f"SELECT f(a, ({MOMENT}), b) FROM t"),
        ("SELECT CURRENT_TIMESTAMP(3) x", f"SELECT ({MOMENT}::timestamptz(3)) x"),
        ("SELECT localtime = LOCALTIMESTAMP", f"SELECT ({MOMENT}::time) = ({MOMENT}::timestamp)"),
        ("SELECT t.now FROM t WHERE t.current_date = 1", None),
        ("SELECT 'now()', \"now\"(), $$now()$$ -- now()\n/* now() */", None),
        ("SELECT E'it\\'s now()' || my.now()", None),
        ("SELECT snow(), now_(), current_dates", None),
        ("SELECT age(a) FROM t", None),
    ],
)
def test_the_moment_stands_in_the_place_of_postgresqls_functions(clock: TraceClock, sql: str, sent: str | None) -> None:
    assert SqlClock(clock).text(POSTGRES, sql) == (sql if sent is None else sent)


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("SELECT STRFTIME('%%Y %%f', 'NOW') AS n", "SELECT STRFTIME('%%Y %%f', perflab_now()) AS n"),
        ("SELECT date('now', '-30 days')", "SELECT date(perflab_now(), '-30 days')"),
        ("SELECT date(a), 'now' FROM t WHERE b = 'now'", None),
        ("SELECT CURRENT_TIMESTAMP", None),
        ("SELECT date(), strftime('%s')", None),
    ],
)
def test_a_function_stands_in_the_place_of_sqlites_now(clock: TraceClock, sql: str, sent: str | None) -> None:
    assert SqlClock(clock).text(LITE, sql) == (sql if sent is None else sent)


def test_the_moment_is_the_current_one_each_time(clock: TraceClock) -> None:
    sql = SqlClock(clock)
    before = sql.text(POSTGRES, "SELECT now()")
    clock.at_s = 60
    assert "00:01:00" in sql.text(POSTGRES, "SELECT now()") != before


def test_other_databases_and_other_objects_are_left_alone(clock: TraceClock) -> None:
    statement = object()
    assert SqlClock(clock).text(OTHER, "SELECT now()") == "SELECT now()"
    assert SqlClock(clock).text(LITE, statement) is statement


def test_an_object_of_psycopgs_is_read_as_text(clock: TraceClock) -> None:
    asking = SimpleNamespace(as_string=lambda connection: "SELECT now() x")
    plain = SimpleNamespace(as_string=lambda connection: "SELECT 1")
    connection = SimpleNamespace(vendor="postgresql", connection=None)
    assert SqlClock(clock).text(connection, asking) == f"SELECT ({MOMENT}) x"
    assert SqlClock(clock).text(connection, plain) is plain


def test_an_input_that_means_now_is_named(clock: TraceClock) -> None:
    statements: list[str] = []
    sql = SqlClock(clock, statements.append)
    for text in ("SELECT 'now'::timestamptz", "SELECT date 'today'", "SELECT 'now' || a"):
        sql.text(POSTGRES, text)
        sql.text(POSTGRES, text)
    assert statements == ["SELECT 'now'::timestamptz", "SELECT date 'today'"]


def test_texts_without_end_are_not_kept(clock: TraceClock) -> None:
    sql = SqlClock(clock)
    for number in range(2 * MAX_TEXTS):
        sql.text(POSTGRES, f"SELECT {number}")
    assert len(sql._texts) <= MAX_TEXTS


def test_objects_of_the_database_call_functions_of_a_schema() -> None:
    text = "((now() + '01:00:00'::interval) > CURRENT_TIMESTAMP(0)) AND d = CURRENT_DATE"
    assert postgresql_functions(text, "s") == (
        '((s."now"() + \'01:00:00\'::interval) > (s."current_timestamp"()::timestamptz(0))) AND d = s."current_date"()'
    )
