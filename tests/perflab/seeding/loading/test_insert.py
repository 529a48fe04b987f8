"""Filling an SQLite file: the same rows as PostgreSQL gets, the schema as it was, and one line when SQLite refuses."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from django.apps import apps

from marketplace.factories import UserFactory
from marketplace.models import Profile, User
from perflab.errors import InputError
from perflab.scenario.subject.tables import migrate
from perflab.seeding import Each, Numbered, Table, archetypes_of, insert, multiply
from perflab.seeding.columns.base import Drawn
from perflab.seeding.present import Kept, Present
from perflab.seeding.target import django_on
from perflab.servers.sqlite import SqliteFiles
from tests.perflab.seeding.loading.test_copy import Fixed, users, users_wallets
from tests.perflab.seeding.test_seed import SPEC

NAME = "perflab_seedtest"
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2"


@pytest.fixture
def migrated(tmp_path, django_db_blocker):
    """A file with the marketplace's tables, and Django's default connection pointed at it."""
    with SqliteFiles(tmp_path / "sqlite") as files, django_db_blocker.unblock():
        files.create_database(NAME)
        with django_on(files.django_settings(NAME)) as connection:
            migrate()
            yield connection


def schema(connection):
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        return cursor.fetchall()


def contents():
    """All rows of all models of the marketplace, by model, as Django reads them."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_app_config("marketplace").get_models()
    }


def test_indexes_and_progress(migrated):
    before, seen = schema(migrated), list[Any]()
    insert(migrated, [users(), users_wallets()], 1, seen.append)
    assert schema(migrated) == before
    assert User.objects.count() == 50
    assert [progress.done_rows for progress in seen] == sorted(progress.done_rows for progress in seen)
    assert seen[-1].done_rows == seen[-1].total_rows == 100


def test_contents_are_replaced_and_the_sequence_goes_on(migrated):
    for count in (50, 20):
        insert(migrated, [users(count)], 1)
    assert User.objects.count() == 20
    assert UserFactory().pk == 21


def test_sqlite_and_postgresql_get_the_same_rows(migrated, new_database, postgres):
    tables = archetypes_of(SPEC.seed_path, SPEC.moment, SPEC.rows, SPEC.seed)
    insert(migrated, tables, SPEC.seed)
    here = contents()
    name = new_database()
    with django_on(postgres.django_settings(name)) as connection:
        migrate()
        connection.close()
        multiply(lambda: postgres.connect(name), tables, SPEC.seed, connection)
        there = contents()
    assert sum(map(len, here.values())) > 2000
    assert here == there


def test_what_the_database_refuses_is_one_line(migrated):
    message = r"rejects the seeded rows: UNIQUE constraint failed: marketplace_user\.username"
    with pytest.raises(InputError, match=message) as caught:
        insert(migrated, [users(username=Fixed(Numbered("u")))], 1)
    assert "\n" not in str(caught.value)


def test_a_link_to_a_row_that_is_not_there_is_found(migrated):
    class Beyond:
        """Links one row further than there are."""

        def __init__(self):
            self.to = User

        def draw(self, rows, rng):
            return Drawn(Each(User).draw(rows, rng).values + 1, User)

    profiles = Table(Profile, 50, [Profile(joined_at=SPEC.moment)], columns={"user": Beyond()})
    with pytest.raises(InputError, match=r"seed of marketplace_profile: row \d+ links to a row of marketplace_user"):
        insert(migrated, [users(), profiles], 1)


def test_what_cannot_be_multiplied_is_refused_before_anything_is_dropped(migrated):
    before = schema(migrated)
    with pytest.raises(InputError, match="listed twice"):
        insert(migrated, [users(), users()], 1)
    assert schema(migrated) == before
    assert isinstance(migrated.connection, sqlite3.Connection)


def test_rows_that_stay_keep_their_keys(migrated):
    UserFactory(pk=70, username="there")
    present = Present(kept={User: Kept(frozenset({70}), 70)})
    assert insert(migrated, [users(5)], 1, present=present) == {"marketplace.User": 6}
    assert set(User.objects.values_list("pk", flat=True)) == {70, *range(71, 76)}
    assert UserFactory().pk == 76


def test_rows_that_stay_and_are_listed_are_written_once(migrated):
    UserFactory(pk=70, username="there", first_name="before")
    one = User.objects.get(pk=70)
    one.first_name = "changed"
    present = Present(kept={User: Kept(frozenset({70}), 70)})
    assert insert(migrated, [Table(User, None, [one])], 1, present=present) == {"marketplace.User": 1}
    assert User.objects.get().first_name == "changed"
