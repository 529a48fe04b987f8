"""Columns about the rows that link to a row."""

from __future__ import annotations

import numpy as np
import pytest

from marketplace.models import Job, Subcategory, User
from perflab.errors import InputError
from perflab.seeding import CountOf, OneOf
from perflab.seeding.columns.base import Drawn
from tests.perflab.seeding.drawing import rows_of


def rows(drawn_rows, **columns):
    users = rows_of(drawn_rows, 100, User, drawn_rows[User].table.archetypes, **columns)
    users.others = drawn_rows
    return users


def test_the_count_is_that_of_the_rows_that_link_here(drawn_rows):
    counts = rows(drawn_rows, jobs=CountOf(Job, "client")).path("jobs").values
    links = drawn_rows[Job].path("client").values
    assert counts.sum() == 200
    assert all(counts[user] == (links == user).sum() for user in range(100))


def test_only_some_are_counted(drawn_rows):
    first = drawn_rows[Job].table.archetypes[0]
    counts = rows(drawn_rows, jobs=CountOf(Job, "client", among=lambda job: job is first)).path("jobs").values
    assert counts.sum() == 40


def test_one_of_them_links_back_or_none(drawn_rows):
    drawn = rows(drawn_rows, latest=OneOf(Job, "client")).path("latest")
    links = drawn_rows[Job].path("client").values
    assert drawn.to is Job
    for user, job in enumerate(drawn.values):
        assert (links[job] == user) if job >= 0 else user not in links
    assert (drawn.values < 0).any() and len(np.unique(drawn.values)) > 10


def test_rows_that_link_to_none_are_nobodys(drawn_rows):
    links = drawn_rows[Job].path("client").values
    drawn_rows[Job].drawn["client"] = Drawn(np.where(links == 99, -1, np.where(np.arange(200) % 2, links, -1)), User)
    users = rows(drawn_rows, one=OneOf(Job, "client"), jobs=CountOf(Job, "client"))
    assert users.path("one").values[99] == -1
    assert users.path("jobs").values.sum() == (drawn_rows[Job].path("client").values >= 0).sum()


def test_a_path_to_another_table_is_refused(drawn_rows):
    with pytest.raises(InputError, match=r"client of marketplace.Job does not link to this table"):
        rows_of(drawn_rows, 3, Subcategory, jobs=CountOf(Job, "client")).path("jobs")
