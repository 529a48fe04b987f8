"""All mistakes of a description, at once."""

from __future__ import annotations

import datetime as dt

import pytest

from marketplace.factories import UserFactory
from marketplace.models import Industry, Profile, Subcategory, User
from perflab.errors import InputError
from perflab.seeding import Distinct, Each, Numbered, Pick, Popular, Same, Table
from perflab.seeding.description.mistakes import MAX_TRIED_ROWS, check, mistakes, raise_together
from perflab.seeding.present import Present
from tests.perflab.seeding.odd_models import Defaulted, Owner, Thing

KINDS = dict.fromkeys((User, Profile, Industry, Subcategory), "r")
NAMES = {"username": Numbered("u"), "email": Numbered("u")}


def texts(*tables, present=None, seed=None):
    return [str(error) for error in mistakes(tables, Present(kinds=KINDS) if present is None else present, seed)]


def users(count=5, **columns):
    return Table(User, count, UserFactory.build_batch(2), columns=NAMES | columns)


def test_nothing_is_wrong():
    profiles = Table(Profile, 5, [Profile()], columns={"user": Each(User), "joined_at": Same("user.date_joined")})
    assert texts(users(), profiles, seed=1) == []


def test_one_mistake_is_raised_as_it_is_and_several_are_numbered():
    raise_together([])
    with pytest.raises(InputError, match=r"^one$"):
        raise_together([InputError("one"), InputError("one")])
    with pytest.raises(InputError, match=r"^2 mistakes in the seeding: \(1\) one \(2\) two$"):
        raise_together([InputError("one"), InputError("two")])
    with pytest.raises(InputError, match=r"^25 mistakes .* \(20\) 19 and 5 more$"):
        raise_together([InputError(str(n)) for n in range(25)])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (users(nothing=Numbered("")), "has no column 'nothing'"),
        (Table(User, 3, [], columns=NAMES), "no archetypes; build at least one"),
        (Table(User, 3, [User(username="x" * 200)], columns={"email": Numbered("u")}), "username takes 150 characters"),
        (
            Table(User, 3, [User(username="x")], columns={"email": Numbered("u")}),
            "username is unique, and 3 rows take it from 1",
        ),
        (Table(Subcategory, 3, [Subcategory(name="x")]), "industry may not be null"),
        (
            Table(Thing, 1, [Thing(owner_id=None, text="x")], columns={"loud": Numbered("")}),
            "the database itself computes loud",
        ),
        (Table(Defaulted, 1, [Defaulted(), Defaulted(luck=1)]), "luck is left to the database by some archetypes"),
    ],
)
def test_mistakes_of_one_table(table, message):
    assert any(message in text for text in texts(table, present=Present())), texts(table, present=Present())


def test_what_a_migration_may_have_made_is_only_known_afterwards():
    table = Table(Subcategory, 3, [Subcategory(name="x")], columns={"industry": Popular(Industry)})
    assert texts(table, present=Present()) == []
    (text,) = texts(table)
    assert "refers to marketplace.Industry, which is neither seeded nor filled by a migration" in text
    there = Table(Industry, None, [Industry(pk=3, name="x")])
    assert texts(table, present=Present(tables={Industry: there}, kinds=KINDS)) == []


def test_a_table_that_is_not_there():
    (text,) = texts(Table(Owner, None, []), present=Present(kinds={**KINDS, Owner: None}))
    assert "there is no table seeding_tests_owner: no migration makes it" in text
    (text,) = texts(Table(Owner, None, []), present=Present(kinds={**KINDS, Owner: "m"}))
    assert "seeding_tests_owner is a view, not a table" in text


def test_a_small_description_is_drawn_to_find_more():
    wrong = [
        users(),
        Table(Profile, 9, [Profile()], columns={"user": Each(User), "joined_at": Same("user.date_joined")}),
        Table(
            Industry,
            5,
            [Industry()],
            columns={"name": Numbered("i")},
            links={"a": Same("a"), "of": Distinct(User, times=1)},
        ),
    ]
    told = sorted(set(texts(*wrong, seed=1)), reverse=True)
    assert len(told) == 2
    assert "9 rows need one row of marketplace.User each" in told[0]
    assert "a depends on itself" in told[1]
    assert texts(*wrong) == [], "not while only the description is read"
    many = [users(MAX_TRIED_ROWS), *wrong[1:]]
    assert texts(*many, seed=1) == []


def test_check_raises_them():
    with pytest.raises(InputError, match="listed twice"):
        check([users(), users()])
    profile = Profile(joined_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    check([users(), Table(Profile, 5, [profile], links={"of": Pick(User)}, columns={"user": Each(User)})])
