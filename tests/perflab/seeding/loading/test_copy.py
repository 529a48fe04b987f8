"""Filling a database: the same every time, the schema as it was, and one line when the database refuses."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from marketplace.factories import UserFactory
from marketplace.models import Profile, User, Wallet
from perflab.errors import InputError
from perflab.scenario.subject.tables import migrate
from perflab.seeding import Each, Numbered, Pick, Table, multiply
from perflab.seeding.columns.base import Drawn
from perflab.seeding.present import Kept, Present
from tests.perflab.seeding.loading.test_ddl import CATALOGUE


def users(count=50, **columns):
    numbered = {"username": Numbered("u"), "email": Numbered("u", "@example.com")}
    archetypes = UserFactory.build_batch(3)
    return Table(User, count, archetypes, columns=numbered | columns)


@pytest.fixture
def migrated(database):
    name, connection = database
    migrate()
    connection.close()
    return name, connection


def test_indexes_and_progress(migrated, postgres):
    name, django = migrated
    seen: list[Any] = []
    with postgres.connect(name) as connection:
        before = connection.execute(CATALOGUE).fetchall()
        multiply(lambda: postgres.connect(name), [users(), users_wallets()], 1, django, seen.append)
        assert connection.execute(CATALOGUE).fetchall() == before
        visible = connection.execute(
            "SELECT relpages > 0 AND relallvisible = relpages AND reltuples = 50 FROM pg_class WHERE relname = 'marketplace_user'"
        ).fetchone()
        assert visible == (True,)
    assert [progress.done_rows for progress in seen] == sorted(progress.done_rows for progress in seen)
    assert seen[-1].done_rows == seen[-1].total_rows == 100
    assert any(progress.rate_rows_per_s and progress.eta_s is not None for progress in seen)


def users_wallets():
    from marketplace.factories import WalletFactory

    return Table(Wallet, 50, WalletFactory.build_batch(2), columns={"user": Each(User)})


def test_contents_are_replaced_and_the_sequence_goes_on(migrated, postgres):
    name, django = migrated
    for count in (50, 20):
        multiply(lambda: postgres.connect(name), [users(count)], 1, django)
    assert User.objects.count() == 20
    assert UserFactory().pk == 21


class Fixed:
    """A column that says the same in all rows."""

    def __init__(self, column):
        self.column = column

    def draw(self, rows, rng):
        drawn = self.column.draw(rows, rng)
        return Drawn(drawn.values.take([0] * rows.count))


def test_what_the_database_refuses_is_one_line(migrated, postgres):
    name, django = migrated
    threads = threading.active_count()
    with pytest.raises(InputError, match=r"seed of marketplace_user: the database rejects.*u1") as caught:
        multiply(lambda: postgres.connect(name), [users(username=Fixed(Numbered("u")))], 1, django)
    assert "\n" not in str(caught.value)
    assert threading.active_count() == threads


def test_an_error_while_drawing_stops_everything(migrated, postgres):
    name, django = migrated
    profiles = Table(Profile, 60, [Profile()], columns={"user": Each(User)})
    threads = threading.active_count()
    with pytest.raises(InputError, match=r"60 rows need one row of .* each, but there are only 50"):
        multiply(lambda: postgres.connect(name), [users(), profiles], 1, django)
    assert threading.active_count() == threads


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (lambda: [users(), users()], "listed twice"),
        (lambda: [users(nothing=Numbered(""))], "has no column 'nothing'"),
        (lambda: [Table(Profile, 1, [Profile()], links={"of": Pick(User)})], "user may not be null"),
    ],
)
def test_what_cannot_be_multiplied_is_refused_before_anything_is_dropped(tables, message):
    def connect():
        raise AssertionError("connected")

    with pytest.raises(InputError, match=message):
        multiply(connect, tables(), 1, None)


def test_rows_that_stay_keep_their_keys(migrated, postgres):
    name, django = migrated
    kept = [UserFactory(pk=70, username="there"), UserFactory(pk=40, username="also", email="")]
    present = Present(kept={User: Kept(frozenset({40, 70}), 70)})
    admin = Table(User, 5, [UserFactory.build()], columns={"username": Numbered("u"), "email": Numbered("u")})
    assert multiply(lambda: postgres.connect(name), [admin], 1, django, present=present) == {"marketplace.User": 7}
    assert set(User.objects.values_list("pk", flat=True)) == {40, 70, *range(71, 76)}
    assert User.objects.get(pk=70).email == kept[0].email
    assert UserFactory().pk == 76


def test_rows_that_stay_and_are_listed_are_written_once(migrated, postgres):
    name, django = migrated
    UserFactory(pk=70, username="there", first_name="before")
    UserFactory(pk=40, username="also")
    one = User.objects.get(pk=70)
    one.first_name = "changed"
    present = Present(kept={User: Kept(frozenset({40, 70}), 70)})
    counts = multiply(lambda: postgres.connect(name), [Table(User, None, [one])], 1, django, present=present)
    assert counts == {"marketplace.User": 2}
    assert dict(User.objects.values_list("pk", "first_name"))[70] == "changed"
    assert User.objects.count() == 2


def test_only_some_tables_are_filled(migrated, postgres):
    name, django = migrated
    tables = [users(), users_wallets()]
    counts = multiply(lambda: postgres.connect(name), tables, 1, django, only=tables[:1])
    assert counts == {"marketplace.User": 50}
    assert not Wallet.objects.exists()
