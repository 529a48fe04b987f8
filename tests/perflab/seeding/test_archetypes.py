"""Asking the project for its tables: the same every time, and plain words for what is wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import factory.random
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from marketplace.factories import UserFactory
from marketplace.models import User
from perflab.errors import InputError, SubjectError
from perflab.seeding import Numbered, Table, archetypes_of
from perflab.seeding.archetypes import archetypes_without_database
from tests.perflab.seeding.odd_models import Defaulted

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)
HERE = f"{__name__}:answer"
ANSWER: Any = None


def answer(as_of, rows, rng):
    return ANSWER(as_of, rows, rng)


@pytest.fixture
def archetypes_from(monkeypatch):
    """A function: archetypes_of a project that answers so."""
    import importlib

    module = importlib.import_module(answer.__module__)

    def ask(build, rows=None, seed=1):
        monkeypatch.setattr(module, "ANSWER", build)
        monkeypatch.setattr("perflab.scenario.project.imported", lambda path, key: build)
        return archetypes_of(HERE, AS_OF, {"users": 3} if rows is None else rows, seed)

    return ask


def users(as_of, rows, rng):
    return [Table(User, rows["users"], UserFactory.build_batch(5, as_of=as_of, username=f"x{rng.random()}"))]


def facts(tables):
    return [
        (table.label, table.count, [(a.first_name, a.username, a.date_joined) for a in table.archetypes])
        for table in tables
    ]


def test_a_seed_repeats_and_leaves_the_projects_generator_alone(archetypes_from):
    factory.random.reseed_random(9)
    before = factory.random.get_random_state()
    assert facts(archetypes_from(users)) == facts(archetypes_from(users))
    assert facts(archetypes_from(users)) != facts(archetypes_from(users, seed=2))
    assert factory.random.get_random_state() == before


def test_a_misspelt_name_of_rows(archetypes_from):
    with pytest.raises(InputError, match=r"the project does not seed usres; the project reads users"):
        archetypes_from(users, {"users": 3, "usres": 4})


def test_a_missing_name_of_rows(archetypes_from):
    with pytest.raises(InputError, match=r"data.rows has no 'users'; it has jobs"):
        archetypes_from(users, {"jobs": 3})


def test_get_counts_as_asking(archetypes_from):
    assert archetypes_from(lambda as_of, rows, rng: [] if rows.get("users", 1) == 3 else None) == []


def test_a_failing_factory_is_one_line(archetypes_from):
    with pytest.raises(SubjectError, match=r"cannot build the archetypes: ZeroDivisionError"):
        archetypes_from(lambda as_of, rows, rng: 1 / 0)


def test_the_time_of_day_is_refused(archetypes_from):
    def now(as_of, rows, rng):
        return [Table(User, rows["users"], [UserFactory.build(as_of=as_of, date_joined=timezone.now())])]

    with pytest.raises(InputError, match=r"seed of marketplace.User: date_joined is the current time"):
        archetypes_from(now)


def test_the_projects_own_line_is_in_the_message(archetypes_from):
    with pytest.raises(
        SubjectError, match=r"ZeroDivisionError: division by zero at tests/perflab/seeding/test_archetypes.py:\d+"
    ):
        archetypes_from(lambda as_of, rows, rng: 1 / 0)


def test_all_mistakes_come_together(archetypes_from):
    def wrong(as_of, rows, rng):
        return [
            Table(
                User, 1, [UserFactory.build(as_of=as_of, date_joined=timezone.now())], columns={"nothing": Numbered("")}
            )
        ]

    with pytest.raises(
        InputError, match=r"^3 mistakes in the seeding: \(1\) .* the project does not seed users.* the current time"
    ) as caught:
        archetypes_from(wrong)
    assert "has no column 'nothing'" in str(caught.value)


def test_something_else_than_tables_is_refused(archetypes_from):
    with pytest.raises(
        InputError, match=r"returns User <User: .*> in its list; return a list of perflab.seeding.Table"
    ):
        archetypes_from(lambda as_of, rows, rng: [User(username="u")] if rows["users"] else [])


def test_a_function_that_asks_the_database_is_called_again_when_there_is_one(monkeypatch):
    def ask(as_of, rows, rng):
        try:
            list(User.objects.all())
        except Exception:
            return []  # what it would do without a database is not what it does with one
        raise AssertionError("there is no database here")

    monkeypatch.setattr("perflab.scenario.project.imported", lambda path, key: ask)
    assert archetypes_without_database(HERE, AS_OF, {}, 1) is None
    monkeypatch.setattr("perflab.scenario.project.imported", lambda path, key: users)
    tables = archetypes_without_database(HERE, AS_OF, {"users": 3}, 1)
    assert tables is not None and [table.model for table in tables] == [User]


def test_a_missing_driver_is_no_mistake_of_the_function(monkeypatch):
    def ask(as_of, rows, rng):
        raise ImproperlyConfigured("Error loading MySQLdb module")

    monkeypatch.setattr("perflab.scenario.project.imported", lambda path, key: ask)
    assert archetypes_without_database(HERE, AS_OF, {}, 1) is None


def test_a_default_of_the_database_that_is_the_current_time_is_as_of(archetypes_from):
    one = Defaulted(name="saved", until=AS_OF, luck=1, token=UUID(int=1))

    def saved(as_of, rows, rng):
        one.made_at = timezone.now()
        return [Table(Defaulted, rows["users"], [one])]

    archetypes_from(saved)
    assert one.made_at == AS_OF
