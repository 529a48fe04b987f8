"""Asking the project for its tables: the same every time, and plain words for what is wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory.random
import pytest
from django.utils import timezone

from marketplace.factories import UserFactory
from marketplace.models import User
from perflab.errors import InputError, SubjectError
from perflab.seeding import Table, archetypes_of

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
