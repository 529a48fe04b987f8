"""Choosing rows of other tables: favourites, weights, and nothing more often than asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from marketplace.models import Job, Profile, User
from perflab.errors import InputError
from perflab.seeding import Distinct, Each, Pick, Popular, Table, Turn
from perflab.seeding.rows import Rows
from tests.perflab.seeding.drawing import rows_of, values
from tests.perflab.seeding.odd_models import Branch


def test_each_row_has_its_own(drawn_rows):
    assert list(values(drawn_rows, Each(User), 100)) == list(range(100))
    with pytest.raises(InputError, match=r"101 rows need one row of marketplace.User each, but there are only 100"):
        values(drawn_rows, Each(User), 101)


def test_popular_stays_among_its_condition_and_has_a_ranking(drawn_rows):
    drawn = values(drawn_rows, Popular(User, among=lambda user: user.role == "client"), 1000)
    clients = np.flatnonzero(drawn_rows[User].weights(lambda user: user.role == "client"))
    assert len(clients) == 25
    assert set(drawn) <= set(clients)
    counts = np.sort(np.bincount(drawn))[::-1]
    assert counts[:3].sum() > 0.35 * 1000


def test_favourites_are_the_same_in_all_tables(drawn_rows):
    favourite = np.bincount(values(drawn_rows, Popular(User), 5000)).argmax()
    other = np.bincount(values(drawn_rows, Popular(User), 5000, seed=1, model=Profile)).argmax()
    assert favourite == other


def test_nobody_comes_twice_within_a_group(drawn_rows):
    rows = rows_of(
        drawn_rows, 900, job=Popular(Job, exponent=0.5), applicant=Popular(User, exponent=1.2, distinct_within="job")
    )
    rows.draw()
    pairs = set(zip(rows.path("job").values.tolist(), rows.path("applicant").values.tolist(), strict=True))
    assert len(pairs) == 900


def test_at_most_holds(drawn_rows):
    counts = np.bincount(values(drawn_rows, Popular(User, exponent=1.5, at_most=10), 900))
    assert counts.max() == 10
    with pytest.raises(InputError, match=r"each of the 100 rows of marketplace.User at most 10 times"):
        values(drawn_rows, Popular(User, at_most=10), 1001)


def test_more_rows_than_pairs_is_an_error(drawn_rows):
    rows = rows_of(drawn_rows, 500, job=Popular(Job, exponent=0), applicant=Popular(User, exponent=0, distinct_within="user"),
                   user=Popular(User, among=lambda user: False))  # fmt: skip
    with pytest.raises(InputError, match=r"no row of marketplace.User can be chosen"):
        rows.draw()
    few = rows_of(
        drawn_rows, 101, applicant=Popular(User, distinct_within="turn"), turn=Turn("nobody", of=1), nobody=Each(Job)
    )
    with pytest.raises(
        InputError, match=r"no unused row of marketplace.User is left for .* within turn.*use fewer rows"
    ):
        few.draw()


def test_pick_keeps_to_weights(drawn_rows):
    drawn = values(drawn_rows, Pick(User, weight=lambda user: user.role == "client"))
    assert drawn_rows[User].weights(lambda user: user.role == "client")[drawn].all()
    assert len(set(values(drawn_rows, Pick(User), 2000))) == 100


def test_distinct_comes_at_most_so_often(drawn_rows):
    drawn = values(drawn_rows, Distinct(User, times=2), 200)
    assert (np.bincount(drawn) == 2).all()
    light = values(drawn_rows, Distinct(User, weight=lambda user: 1 if user.role == "client" else 1e-6), 25)
    assert drawn_rows[User].weights(lambda user: user.role == "client")[light].all()
    with pytest.raises(InputError, match=r"201 rows, but only 200 are possible"):
        values(drawn_rows, Distinct(User, times=2), 201)


# -- rows of the table itself ------------------------------------------------------------------------------------------


def own(count, column):
    """Links of a table's rows to rows of the same table, of which every second row may be chosen by the weight below."""
    drawn: dict[Any, Rows] = {}
    drawn[Branch] = Rows(Table(Branch, count, [Branch(pk=1), Branch(pk=2)], columns={"above": column}), 1, drawn)
    return drawn[Branch].path("above").values, drawn[Branch].archetype


def first_kind(branch):
    return branch.pk == 1


@pytest.mark.parametrize(
    "column",
    [
        Popular(Branch), Popular(Branch, exponent=0, among=first_kind), Pick(Branch), Pick(Branch, weight=first_kind),
        Distinct(Branch, times=3), Distinct(Branch, times=2, weight=first_kind), Each(Branch),
    ],
)  # fmt: skip
def test_rows_link_to_rows_before_them(column):
    links, kinds = own(500, column)
    rows = np.arange(500)
    assert (links < rows).all(), "no circles"
    assert links[0] == -1
    chosen = links[links >= 0]
    chooses_some = getattr(column, "among", None) or getattr(column, "weight", None)
    if chooses_some:
        assert (kinds[chosen] == 0).all()
    assert len(chosen) > 450, "few rows have no parent"
    if isinstance(column, Popular) and column.exponent:
        assert np.bincount(chosen).max() > 20
    if isinstance(column, Distinct):
        assert np.bincount(chosen).max() <= column.times
    if isinstance(column, Each):
        assert list(links) == list(range(-1, 499))


def test_limits_that_a_tree_cannot_keep_are_refused():
    with pytest.raises(
        InputError, match=r"cannot be limited by at_most or distinct_within; use Distinct\(Branch, times"
    ):
        own(5, Popular(Branch, at_most=2))


def test_a_table_without_rows_has_no_links():
    for column in (Popular(Branch), Pick(Branch), Distinct(Branch), Each(Branch)):
        assert len(own(0, column)[0]) == 0
