"""The newest moment in a database, and its rows."""

import datetime as dt
import sqlite3
from contextlib import closing

import pytest

from perflab.seeding.copying.newest import columns, newest_moment, rows_of, zone_of
from perflab.seeding.masking.fields import Field

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("CREATE TABLE visit (id integer, at datetime, day date, note text)")
        opened.execute("CREATE TABLE django_migrations (applied datetime)")
        opened.execute("INSERT INTO django_migrations VALUES ('2026-11-30 11:59:59')")
        yield opened


def newest(connection, *rows, zone="UTC"):
    connection.executemany("INSERT INTO visit (at, day) VALUES (?, ?)", rows)
    return newest_moment(connection, columns(connection, is_sqlite=True), NOW, zone)


def test_the_newest_moment_is_not_in_the_future(connection):
    moment = newest(
        connection, ("2026-05-06 07:08:09.5", None), ("2027-01-01 00:00:00", "2026-12-24"), (None, "2026-05-06")
    )
    assert moment == dt.datetime(2026, 5, 6, 7, 8, 10, tzinfo=dt.UTC)


def test_a_day_is_its_beginning_and_naive_values_are_in_the_projects_zone(connection):
    assert newest(connection, (None, "2026-05-06")) == dt.datetime(2026, 5, 6, tzinfo=dt.UTC)
    moment = newest(connection, ("2026-05-06 07:08:09", None), zone="America/Chicago")
    assert moment == dt.datetime(2026, 5, 6, 12, 8, 9, tzinfo=dt.UTC)


def test_data_without_moments_have_none(connection):
    assert newest(connection) is None
    assert newest(connection, ("soon", "0000-00-00")) is None


def test_rows_are_counted_by_model_and_empty_tables_left_out(connection):
    newest(connection, (None, None), (None, None))
    fields = [
        Field("shop.Visit.id", "visit", None, "id", "AutoField"),
        Field("shop.Gone.id", "gone", None, "id", "AutoField"),
    ]
    assert rows_of(connection, fields, columns(connection, is_sqlite=True)) == {"shop.Visit": 2}


def test_values_without_a_zone_are_in_utc_if_the_project_uses_zones():
    assert zone_of({"USE_TZ": True, "TIME_ZONE": "Europe/Paris"}) == "UTC"
    assert zone_of({"USE_TZ": False, "TIME_ZONE": "Europe/Paris"}) == "Europe/Paris"


@pytest.mark.servers
def test_a_server_has_the_same(postgres):
    with postgres.connect() as opened, opened.transaction(force_rollback=True):
        opened.execute("CREATE TABLE public.visit (at timestamptz, local timestamp, day date, during tstzrange)")
        opened.execute(
            "INSERT INTO public.visit VALUES ('2026-05-06 07:08:09.5+02', '-infinity', 'infinity'), ('2030-01-01', NULL, NULL)"
        )
        there = [column for column in columns(opened, is_sqlite=False) if column.table == "visit"]
        assert newest_moment(opened, there, NOW, "UTC") == dt.datetime(2026, 5, 6, 5, 8, 10, tzinfo=dt.UTC)
