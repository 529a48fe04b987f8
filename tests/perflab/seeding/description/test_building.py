"""The project's function, called; seeding/test_archetypes.py has its mistakes."""

from __future__ import annotations

import datetime as dt
import random
import sys
from typing import Any

import factory.random
import pytest

from marketplace.factories import UserFactory
from marketplace.models import User
from perflab.errors import InputError
from perflab.seeding import Numbered, Table
from perflab.seeding.description.building import built, built_without_database

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)
HERE = f"{__name__}:people"


def people(as_of: dt.datetime, rows: Any, rng: random.Random) -> list[Table]:
    names = {"username": Numbered("u"), "email": Numbered("e")}
    return [Table(User, rows["users"], UserFactory.build_batch(3, date_joined=as_of), columns=names)]


def asks(as_of: dt.datetime, rows: Any, rng: random.Random) -> list[Table]:
    return [Table(User, User.objects.count(), [])]


def test_factories_are_seeded_and_afterwards_as_before() -> None:
    factory.random.reseed_random(5)
    before = factory.random.get_random_state()
    names = [
        [vars(user)["first_name"] for user in built(HERE, AS_OF, {"users": 9}, seed)[0][0].archetypes]
        for seed in (1, 1, 2)
    ]
    assert names[0] == names[1] != names[2]
    assert factory.random.get_random_state() == before


def test_a_project_may_do_without_factories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "factory.random", None)
    tables, errors = built(HERE, AS_OF, {"users": 9}, 1)
    assert tables[0].rows == 9
    assert errors == []


def test_mistakes_are_returned_and_not_raised() -> None:
    _, errors = built(HERE, AS_OF, {"users": 9, "unread": 1}, 1)
    assert [type(error) for error in errors] == [InputError]
    assert "the project does not seed unread" in str(errors[0])


def test_a_function_that_asks_a_database_is_none_without_one() -> None:
    assert built_without_database(f"{__name__}:asks", AS_OF, {}, 1) is None
    assert built_without_database(HERE, AS_OF, {"users": 9}, 1) is not None
