"""Choosing rows of other tables: favourites, weights, and nothing more often than asked."""

from __future__ import annotations

import numpy as np
import pytest

from marketplace.models import Job, Profile, User
from perflab.errors import InputError
from perflab.seeding import Distinct, Each, Pick, Popular, Turn
from tests.perflab.seeding.drawing import rows_of, values


def test_each_row_has_its_own(known):
    assert list(values(known, Each(User), 100)) == list(range(100))
    with pytest.raises(InputError, match=r"101 rows for each of 100 of marketplace.User"):
        values(known, Each(User), 101)


def test_popular_stays_among_its_condition_and_has_a_ranking(known):
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
    rows = rows_of(
        known, 900, job=Popular(Job, exponent=0.5), applicant=Popular(User, exponent=1.2, distinct_within="job")
    )
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
    few = rows_of(
        known, 101, applicant=Popular(User, distinct_within="turn"), turn=Turn("nobody", of=1), nobody=Each(Job)
    )
    with pytest.raises(InputError, match=r"find no unused marketplace.User within turn.*use fewer rows"):
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
