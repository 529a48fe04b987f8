"""PostgreSQL's clock: what the clone's own objects ask for, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from perflab.seeding.target import django_on
from perflab.servers.postgres import PostgresServer
from perflab.worker.clock import RunningClock, TraceClock
from perflab.worker.clock.postgres import SCHEMA, PostgresClock
from perflab.worker.clock.trace import NOW_SETTING

pytestmark = pytest.mark.servers


@pytest.fixture(autouse=True)
def with_database(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


DAY = "2025-10-20"
OBJECTS = """
CREATE SCHEMA "Other";
CREATE TABLE "Other"."T" (a int, at timestamptz DEFAULT now(), on_day date DEFAULT CURRENT_DATE, plain int DEFAULT 7,
    later timestamptz DEFAULT (STATEMENT_TIMESTAMP() + interval '1 hour'), touched timestamptz);
CREATE VIEW recent AS SELECT a FROM "Other"."T" WHERE at > CURRENT_TIMESTAMP - interval '1 minute';
CREATE MATERIALIZED VIEW once AS SELECT now() AS at;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN NEW.touched = now(); RETURN NEW; END $body$;
CREATE TRIGGER touch BEFORE INSERT ON "Other"."T" FOR EACH ROW EXECUTE FUNCTION touch();
"""


@pytest.fixture
def connection(postgres: PostgresServer) -> Iterator[Any]:
    name = "perflab_run_clock_0"
    postgres.create_database(name)
    try:
        with postgres.connect(name) as made:
            made.execute(OBJECTS)
        with django_on(postgres.django_settings(name)) as connection:
            yield connection
    finally:
        postgres.drop(name)


def rows(connection: Any, sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


INSERT = 'INSERT INTO "Other"."T" (a) VALUES (1)'
STORED = 'SELECT at::text, on_day::text, plain, later::text, touched::text FROM "Other"."T" ORDER BY at DESC LIMIT 1'


def test_defaults_views_and_triggers_of_a_clone_show_the_traces_time(connection: Any) -> None:
    clock = TraceClock(DAY)
    unmoved: list[str] = []
    postgres_clock = PostgresClock(clock, unmoved.append)
    clock.on_step(postgres_clock.step)
    connection.ensure_connection()
    statements: list[str] = []

    def note(execute: Any, sql: str, *others: Any) -> Any:
        statements.append(sql)
        return execute(sql, *others)

    with connection.execute_wrapper(note):
        postgres_clock.prepare(connection)
    assert statements == [], "the project's own backend has no part in it"
    clock.at_s = 61.5
    rows(connection, "SET TIME ZONE 'UTC'")
    rows(connection, INSERT)
    moment = f"{DAY} 00:01:01.5+00"
    assert rows(connection, STORED) == [(moment, DAY, 7, f"{DAY} 01:01:01.5+00", moment)]
    assert rows(connection, "SELECT count(*) FROM recent") == [(1,)]
    clock.at_s = 600
    assert rows(connection, "SELECT count(*) FROM recent") == [(0,)]
    assert unmoved == ["the materialised view once"]


def test_it_can_be_prepared_again_and_a_new_connection_is_told(connection: Any) -> None:
    """An alias that shares the clone, or another worker."""
    clock = TraceClock(DAY)
    PostgresClock(clock).prepare(connection)
    again = PostgresClock(clock)
    again.prepare(connection)
    connection.close()
    connection.connect()
    again.connected(connection)
    rows(connection, INSERT)
    assert rows(connection, STORED)[0][1] == DAY


def test_a_connection_in_a_transaction_is_left_alone_and_one_that_lost_the_setting_shows_the_servers(
    connection: Any,
) -> None:
    from django.db import transaction

    clock = TraceClock(DAY)
    postgres_clock = PostgresClock(clock)
    postgres_clock.prepare(connection)
    with transaction.atomic(using=connection.alias):
        clock.at_s = 60
        postgres_clock.step()
    rows(connection, "DISCARD ALL")
    rows(connection, INSERT)
    assert rows(connection, STORED)[0][1] > DAY


def test_a_database_that_asks_for_no_time_is_left_as_it_is(postgres: PostgresServer) -> None:
    postgres.create_database("perflab_run_clock_1")
    try:
        with django_on(postgres.django_settings("perflab_run_clock_1")) as connection:
            clock = PostgresClock(TraceClock(DAY))
            clock.prepare(connection)
            assert rows(connection, f"SELECT to_regnamespace('{SCHEMA}')") == [(None,)]
            assert clock._connections == {}
    finally:
        postgres.drop("perflab_run_clock_1")


def test_on_a_server_under_load_a_clones_time_runs_on_as_far_ahead_as_the_project_is_shown(connection: Any) -> None:
    ahead_s = -3 * 365 * 86_400.0
    clock = RunningClock(ahead_s)
    connection.ensure_connection()
    PostgresClock(clock).prepare(connection)
    rows(connection, INSERT)
    shift = "extract(epoch FROM at - statement_timestamp()), extract(epoch FROM touched - statement_timestamp())"
    ((at_s, touched_s),) = rows(connection, f'SELECT {shift} FROM "Other"."T"')
    assert ahead_s - 60 < at_s <= ahead_s
    assert ahead_s - 60 < touched_s <= ahead_s
    rows(connection, INSERT)
    first, second = rows(connection, 'SELECT at FROM "Other"."T" ORDER BY at')
    assert first < second, "each statement has a time of its own"
    rows(connection, f"SET {NOW_SETTING} = '1760977800'")
    rows(connection, INSERT)
    assert rows(connection, 'SELECT extract(epoch FROM max(at))::bigint FROM "Other"."T"') == [(1_760_977_800,)]
