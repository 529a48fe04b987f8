"""Each kind of column on models of the marketplace; nothing here needs a database."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from marketplace.factories import JobFactory, UserFactory
from marketplace.models import Application, Job, Profile, User
from perflab.errors import InputError
from perflab.seeding import (
    After,
    Between,
    Distinct,
    Each,
    Either,
    Mostly,
    Numbered,
    Pick,
    Popular,
    Same,
    Sometimes,
    Table,
    Turn,
    Uuid,
)
from perflab.seeding.rows import Rows

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


@pytest.fixture
def known():
    """100 users, every fourth a client, and 200 jobs of them."""
    users = [UserFactory.build(role="client"), *UserFactory.build_batch(3, role="applicant")]
    jobs = JobFactory.build_batch(5, client=users[0])
    found = {}
    found[User] = Rows(Table(User, 100, users), 1, found)
    client = Popular(User, exponent=1.0, among=lambda user: user.role == "client")
    found[Job] = Rows(Table(Job, 200, jobs, columns={"client": client}), 1, found)
    return found


def rows_of(known, count, model=Application, archetypes=None, seed=1, **columns):
    return Rows(Table(model, count, archetypes or [Application()], columns=columns), seed, known)


def values(known, column, count=300, **others):
    return rows_of(known, count, **others, asked=column).path("asked").values


def test_each_row_has_its_own(known):
    assert list(values(known, Each(User), 100)) == list(range(100))
    with pytest.raises(InputError, match=r"101 rows for each of 100 of marketplace.User"):
        values(known, Each(User), 101)


def test_popular_stays_among_those_it_likes_and_has_favourites(known):
    drawn = values(known, Popular(User, among=lambda user: user.role == "client"), 1000)
    clients = np.flatnonzero(known[User].weights(lambda user: user.role == "client"))
    assert len(clients) == 25
    assert set(drawn) <= set(clients)
    counts = np.sort(np.bincount(drawn))[::-1]
    assert counts[:3].sum() > 0.35 * 1000


def test_favourites_are_the_same_in_all_tables(known):
    one = np.bincount(values(known, Popular(User), 5000)).argmax()
    other = np.bincount(values(known, Popular(User), 5000, seed=1, model=Profile)).argmax()
    assert one == other


def test_nobody_comes_twice_within_a_group(known):
    rows = rows_of(known, 900, job=Popular(Job, exponent=0.5), applicant=Popular(User, exponent=1.2, distinct_within="job"))
    rows.draw()
    pairs = set(zip(rows.path("job").values.tolist(), rows.path("applicant").values.tolist(), strict=True))
    assert len(pairs) == 900


def test_at_most_holds(known):
    counts = np.bincount(values(known, Popular(User, exponent=1.5, at_most=10), 900))
    assert counts.max() == 10
    with pytest.raises(InputError, match=r"each of 100 of marketplace.User at most 10 times"):
        values(known, Popular(User, at_most=10), 1001)


def test_more_rows_than_pairs_is_an_error(known):
    rows = rows_of(known, 500, job=Popular(Job, exponent=0), applicant=Popular(User, exponent=0, distinct_within="user"),
                   user=Popular(User, among=lambda user: False))  # fmt: skip
    with pytest.raises(InputError, match=r"no row of marketplace.User can be chosen"):
        rows.draw()
    few = rows_of(known, 101, applicant=Popular(User, distinct_within="turn"), turn=Turn("nobody", of=1), nobody=Each(Job))
    with pytest.raises(InputError, match=r"find no marketplace.User that is new within turn.*want fewer rows"):
        few.draw()


def test_pick_keeps_to_weights(known):
    drawn = values(known, Pick(User, weight=lambda user: user.role == "client"))
    assert known[User].weights(lambda user: user.role == "client")[drawn].all()
    assert len(set(values(known, Pick(User), 2000))) == 100


def test_distinct_comes_at_most_so_often(known):
    drawn = values(known, Distinct(User, times=2), 200)
    assert (np.bincount(drawn) == 2).all()
    light = values(known, Distinct(User, weight=lambda user: 1 if user.role == "client" else 1e-6), 25)
    assert known[User].weights(lambda user: user.role == "client")[light].all()
    with pytest.raises(InputError, match=r"201 rows, but 200 are possible"):
        values(known, Distinct(User, times=2), 201)


def test_turns_tell_pairs_apart(known):
    rows = rows_of(known, 200, of=Distinct(User, times=2), turn=Turn("of", of=2))
    pairs = set(zip(rows.path("of").values.tolist(), rows.path("turn").values.tolist(), strict=True))
    assert len(pairs) == 200
    singles = values(known, Turn("of", of=2), 100, of=Each(User))
    assert 20 < singles.sum() < 80  # who is alone may have either


def test_links_are_followed(known):
    rows = rows_of(known, 300, job=Pick(Job), client=Same("job.client"), applicant=Mostly("job.client", 0.9, Pick(User)))
    jobs = rows.path("job").values
    assert (rows.path("client").values == known[Job].path("client").values[jobs]).all()
    assert rows.path("client").to is User
    same = (rows.path("applicant").values == rows.path("client").values).mean()
    assert 0.8 < same < 0.99


def test_either_follows_its_column(known):
    rows = rows_of(known, 100, a=Each(User), job=Pick(Job), turn=Turn("a"), who=Either("turn", ("a", "job.client")))
    turn = rows.path("turn").values
    assert (rows.path("who").values == np.where(turn == 0, rows.path("a").values, rows.path("job.client").values)).all()


def test_sometimes_is_null_otherwise(known):
    drawn = values(known, Sometimes(0.3, Pick(User)), 2000)
    assert 0.2 < (drawn >= 0).mean() < 0.4
    moments = values(known, Sometimes(0.3, Between(AS_OF - dt.timedelta(days=1), AS_OF)), 2000)
    assert 0.2 < (~np.isnat(moments)).mean() < 0.4


def test_moments_lie_between(known):
    start = AS_OF - dt.timedelta(days=10)
    drawn = values(known, Between(start, AS_OF))
    assert np.datetime64("2025-10-10") <= drawn.min() < drawn.max() < np.datetime64("2025-10-20")
    by_archetype = values(known, Between(lambda _: start.date(), lambda _: start.date()))
    assert set(by_archetype) == {np.datetime64("2025-10-10T00:00:00.000")}


def test_after_ends_at_until_and_leaves_no_heap_there(known):
    start = Between(AS_OF - dt.timedelta(days=10), AS_OF)
    rows = rows_of(known, 1000, start=start, end=After("start", (0, 10), until=AS_OF))
    ends = rows.path("end").values
    assert (ends >= rows.path("start").values).all()
    assert ends.max() <= np.datetime64("2025-10-20")
    assert len(set(ends)) > 990
    before = rows_of(known, 10, start=start, end=After("start", (-2, -1)))
    assert (before.path("end").values < before.path("start").values).all()


def test_texts_with_numbers_are_unique(known):
    texts = values(known, Numbered(lambda _: "name", "@example.com"), 3).to_pylist()
    assert texts == ["name1@example.com", "name2@example.com", "name3@example.com"]
    assert values(known, Numbered("N"), 2).to_pylist() == ["N1", "N2"]
    ids = values(known, Uuid(), 50).to_pylist()
    assert len(set(ids)) == 50
    assert ids[0][14] == "4"


def test_a_seed_repeats_and_another_column_changes_nothing(known):
    alone = values(known, Pick(User))
    assert (alone == values(known, Pick(User), other=Pick(Job))).all()
    assert (alone != values(known, Pick(User), seed=2)).any()
