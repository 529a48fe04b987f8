"""COPY text: what goes in comes out of the database again, whatever is in it."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Group
from django.db.models.functions import Lower

from perflab.errors import InputError
from perflab.seeding import Between, Each, Pick, Popular, Sometimes, Table, Uuid, multiply
from perflab.seeding.columns.base import Drawn
from perflab.seeding.loading.text import copy_text, keys
from perflab.seeding.present import Kept
from perflab.seeding.rows import Rows
from tests.perflab.seeding.odd_models import ALL, Detail, Owner, Remark, Thing

HARD = [
    "plain",
    "tab\tnewline\nreturn\r\x0b\x08\x0c",
    "back\\slash \\N \\.",
    "",
    "\\N",
    "Grüße 🦉 'quote' \"double\"",
    "{}",
]
MOMENT = dt.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=dt.timezone(dt.timedelta(hours=5)))


def things():
    return [
        Thing(
            text=text,
            maybe=None if number % 2 else text,
            data=None if number % 3 == 0 else {"a": [1, None, text]},
            amount=Decimal("-12345.6789") / (number + 1),
            share=[0.1, float("inf"), -1e-300][number % 3],
            raw=b"\x00\\\xff" * number,
            span=dt.timedelta(days=-number, microseconds=1),
            at=MOMENT + dt.timedelta(days=number),
            order=-number,
        )
        for number, text in enumerate(HARD)
    ]


def tables(count=40):
    return [
        Table(Owner, 9, [Owner()], columns={"id": Uuid(), "name": Uuid()}),
        Table(
            Thing,
            count,
            things(),
            columns={
                "owner": Popular(Owner),
                "lender": Sometimes(0.5, Pick(Owner)),
                "day": Sometimes(0.5, Between(dt.date(2024, 1, 1), dt.date(2024, 12, 31))),
            },
        ),
        Table(Detail, 30, [Detail(note="-")], columns={"thing": Each(Thing)}),
        Table(Remark, 50, [Remark()], columns={"detail": Pick(Detail)}),
    ]


@pytest.fixture
def odd_database(database):
    name, connection = database
    with connection.schema_editor() as editor:
        for model in ALL:
            editor.create_model(model)
    return name, connection


@pytest.mark.parametrize("writer", ["psycopg", "the server"])
def test_values_come_back_as_they_were(odd_database, postgres, writer, monkeypatch):
    name, connection = odd_database
    if writer == "the server":  # as for a project that has psycopg2
        monkeypatch.setattr("perflab.seeding.loading.binding._by_psycopg", lambda model, fields: None)
        connection.inc_thread_sharing()
    written = multiply(lambda: postgres.connect(name), tables(), 1, connection)
    assert written["seeding_tests.Thing"] == Thing.objects.count() == 40
    by_text = {thing.text: thing for thing in things()}
    for row in Thing.objects.all():
        meant = by_text[row.text]
        for field in ("maybe", "data", "share", "span", "at", "order"):
            assert getattr(row, field) == getattr(meant, field), field
        assert row.amount == meant.amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert bytes(row.raw) == meant.raw
        assert row.loud == row.text.upper() or not row.text.isascii()  # the C locale knows no Ü
    assert {thing.text for thing in Thing.objects.all()} == set(HARD)


def test_keys_that_are_no_numbers_are_linked(odd_database, postgres):
    name, connection = odd_database
    multiply(lambda: postgres.connect(name), tables(), 1, connection)
    assert Owner.objects.count() == 9
    assert all(owner.id.version == 4 for owner in Owner.objects.all())
    assert 5 < Thing.objects.filter(lender=None).count() < 35
    assert 5 < Thing.objects.filter(day=None).count() < 35
    assert Thing.objects.filter(day__range=("2024-01-01", "2024-12-31")).exists()
    assert sorted(Detail.objects.values_list("pk", flat=True)) == list(range(1, 31))
    assert Remark.objects.filter(detail__thing__owner__name__gt="").count() == 50


def test_no_rows_leave_an_empty_table(odd_database, postgres):
    name, connection = odd_database
    empty = [Table(table.model, 0, table.archetypes, table.columns) for table in tables()]
    multiply(lambda: postgres.connect(name), tables(), 1, connection)
    multiply(lambda: postgres.connect(name), empty, 1, connection)
    assert not Thing.objects.exists()
    thing = things()[0]
    thing.owner = Owner.objects.create(id="7f3c9a52-3f1b-4c1e-9a53-0d5b8f0c6a11", name="new")
    thing.save()
    assert thing.pk == 1


def test_chunks_add_up(django_db_blocker):
    from django.db.backends.postgresql.base import DatabaseWrapper

    drawn: dict[Any, Rows] = {}
    drawn[Owner] = Rows(tables()[0], 1, drawn)
    rows = Rows(tables(100)[1], 1, drawn)
    rows.draw()
    text = copy_text(rows, DatabaseWrapper({"OPTIONS": {}}))
    whole = b"".join(bytes(chunk) for _, chunk in text.chunks())
    parts = [(count, bytes(chunk)) for count, chunk in text.chunks(size=7)]
    assert b"".join(chunk for _, chunk in parts) == whole
    assert [count for count, _ in parts] == [7] * 14 + [2]
    assert whole.count(b"\n") == 100
    assert {line.count(b"\t") for line in whole.splitlines()} == {len(text.columns) - 1}


def test_a_null_that_may_not_be_is_named(database):
    _, connection = database
    thing = things()[0]
    thing.text = None
    rows = Rows(Table(Thing, 3, [thing], columns={"owner": Pick(Owner)}), 1, {})
    rows.drawn["owner"] = Drawn(np.zeros(3, np.int32), Owner)
    rows.others = {Owner: Rows(tables()[0], 1, {})}
    with pytest.raises(InputError, match=r"seed of seeding_tests.Thing: text may not be null.*add it to columns"):
        copy_text(rows, connection)


@pytest.mark.parametrize(("name", "value"), [("order", "x"), ("data", {1, 2}), ("text", Lower("text"))])
def test_a_value_that_a_field_does_not_take_is_named(database, name, value):
    _, connection = database
    thing = things()[0]
    setattr(thing, name, value)
    rows = Rows(Table(Thing, 3, [thing], columns={"owner": Pick(Owner)}), 1, {})
    rows.drawn["owner"] = Drawn(np.zeros(3, np.int32), Owner)
    rows.others = {Owner: Rows(tables()[0], 1, {})}
    with pytest.raises(
        InputError,
        match=rf"seed of seeding_tests.Thing: {name} does not accept an archetype's value .*correct the factory",
    ):
        copy_text(rows, connection)


def test_keys_are_numbered_after_those_that_stay():
    rows = Rows(Table(Group, 3, [Group()]), 1, {})
    assert keys(rows, np.array([0, -1, 2])).to_pylist() == ["1", None, "3"]
    rows.kept = Kept(frozenset({9}), 9)
    assert keys(rows, np.array([0, -1, 2])).to_pylist() == ["10", None, "12"]
