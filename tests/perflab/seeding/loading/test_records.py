"""Rows as SQLite keeps them: written as Django itself would have written them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from perflab.seeding import Table, insert
from perflab.seeding.columns.base import Drawn
from perflab.seeding.loading.records import records
from perflab.seeding.rows import Rows
from perflab.seeding.target import django_on
from perflab.servers.sqlite import SqliteFiles
from tests.perflab.seeding.loading.test_text import HARD, tables, things
from tests.perflab.seeding.odd_models import ALL, Detail, Owner, Remark, Thing

NAME = "perflab_seedtest"


@pytest.fixture
def odd_file(tmp_path, django_db_blocker):
    """An SQLite file with the odd models' tables, and Django's default connection pointed at it."""
    with SqliteFiles(tmp_path / "sqlite") as files, django_db_blocker.unblock():
        files.create_database(NAME)
        with django_on(files.django_settings(NAME)) as connection:
            with connection.schema_editor() as editor:
                for model in ALL:
                    editor.create_model(model)
            yield connection


def exact_tables():
    """Without digits that the field has no place for: SQLite keeps them, and Django rounds them when it reads."""
    made = tables()
    for thing in made[1].archetypes:
        thing.amount = thing.amount.quantize(Decimal("0.0001"))
    return made


def test_values_come_back_as_they_were(odd_file):
    assert insert(odd_file, tables(), 1)["seeding_tests.Thing"] == Thing.objects.count() == 40
    by_text = {thing.text: thing for thing in things()}
    for row in Thing.objects.all():
        meant = by_text[row.text]
        for field in ("maybe", "data", "share", "span", "at", "order"):
            assert getattr(row, field) == getattr(meant, field), field
        assert abs(row.amount - meant.amount) <= Decimal("0.0001")
        assert bytes(row.raw) == meant.raw
    assert {thing.text for thing in Thing.objects.all()} == set(HARD)


def test_keys_that_are_no_numbers_are_linked(odd_file):
    insert(odd_file, tables(), 1)
    assert Owner.objects.count() == 9
    assert all(owner.id.version == 4 for owner in Owner.objects.all())
    assert 5 < Thing.objects.filter(lender=None).count() < 35
    assert Thing.objects.filter(day__range=("2024-01-01", "2024-12-31")).exists()
    assert sorted(Detail.objects.values_list("pk", flat=True)) == list(range(1, 31))
    assert Remark.objects.filter(detail__thing__owner__name__gt="").count() == 50


def test_what_django_saves_again_is_what_was_there(odd_file):
    """A moment, a UUID or a decimal in another writing would be another value to SQLite."""

    def kept(model):
        with odd_file.cursor() as cursor:
            columns = [f'"{field.column}"' for field in model._meta.local_concrete_fields if not field.generated]
            both = [f"{what}({column})" for column in columns for what in ("typeof", "quote")]
            cursor.execute(f'SELECT {", ".join(both)} FROM "{model._meta.db_table}" ORDER BY 1, 2, 3, 4')
            return cursor.fetchall()

    insert(odd_file, exact_tables(), 1)
    for model in ALL:
        before = kept(model)
        for row in model._default_manager.all():
            row.save(force_update=True)
        assert kept(model) == before, model


@pytest.mark.parametrize(
    ("drawn", "stored"),
    [
        ("2024-02-29T23:59:59.120", "2024-02-29 23:59:59.120000"),
        ("2024-02-29T23:59:59.000", "2024-02-29 23:59:59"),
        ("NaT", None),
    ],
)
def test_moments_are_written_as_python_writes_them(odd_file, drawn, stored):
    class Fixed:
        def draw(self, rows, rng):
            return Drawn(np.full(rows.count, drawn, "M8[ms]"))

    thing = things()[0]
    thing.owner_id = thing.lender_id = None
    rows = Rows(Table(Thing, 2, [thing], columns={"at": Fixed(), "owner": Fixed()}), 1, {})
    rows.draw()
    table = records(rows, odd_file)
    (chunk,) = table.chunks()
    assert [row[table.columns.index("at")] for row in chunk] == [stored, stored]
    if stored is not None:
        assert str(dt.datetime.fromisoformat(drawn)) == stored


def test_chunks_add_up(odd_file):
    drawn: dict[Any, Rows] = {}
    drawn[Owner] = Rows(tables()[0], 1, drawn)
    rows = Rows(tables(100)[1], 1, drawn)
    rows.draw()
    table = records(rows, odd_file)
    (whole,) = table.chunks()
    parts = list(table.chunks(size=7))
    assert [len(part) for part in parts] == [7] * 14 + [2]
    assert [row for part in parts for row in part] == whole
    assert {len(row) for row in whole} == {len(table.columns)}
