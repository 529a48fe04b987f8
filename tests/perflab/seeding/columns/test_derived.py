"""Columns made of other columns, followed through links where they say so."""

from __future__ import annotations

import datetime as dt

import numpy as np

from marketplace.models import Job, User
from perflab.seeding import Between, Distinct, Each, Either, Mostly, Numbered, Pick, Same, Series, Sometimes, Turn, Uuid
from tests.perflab.seeding.drawing import rows_of, values

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


def test_turns_distinguish_pairs(drawn_rows):
    rows = rows_of(drawn_rows, 200, of=Distinct(User, times=2), turn=Turn("of", of=2))
    pairs = set(zip(rows.path("of").values.tolist(), rows.path("turn").values.tolist(), strict=True))
    assert len(pairs) == 200
    singles = values(drawn_rows, Turn("of", of=2), 100, of=Each(User))
    assert 20 < singles.sum() < 80  # who is alone may have either


def test_links_are_followed(drawn_rows):
    rows = rows_of(
        drawn_rows, 300, job=Pick(Job), client=Same("job.client"), applicant=Mostly("job.client", 0.9, Pick(User))
    )
    jobs = rows.path("job").values
    assert (rows.path("client").values == drawn_rows[Job].path("client").values[jobs]).all()
    assert rows.path("client").to is User
    same = (rows.path("applicant").values == rows.path("client").values).mean()
    assert 0.8 < same < 0.99


def test_either_follows_its_column(drawn_rows):
    rows = rows_of(
        drawn_rows, 100, a=Each(User), job=Pick(Job), turn=Turn("a"), who=Either("turn", ("a", "job.client"))
    )
    turn = rows.path("turn").values
    assert (rows.path("who").values == np.where(turn == 0, rows.path("a").values, rows.path("job.client").values)).all()


def test_sometimes_is_null_otherwise(drawn_rows):
    drawn = values(drawn_rows, Sometimes(0.3, Pick(User)), 2000)
    assert 0.2 < (drawn >= 0).mean() < 0.4
    moments = values(drawn_rows, Sometimes(0.3, Between(AS_OF - dt.timedelta(days=1), AS_OF)), 2000)
    assert 0.2 < (~np.isnat(moments)).mean() < 0.4


def test_sometimes_leaves_texts_and_numbers_out_too(drawn_rows):
    for column in (Numbered("u"), Uuid(), Series(1)):
        drawn = values(drawn_rows, Sometimes(0.3, column), 2000).to_pylist()
        assert 1200 < sum(value is None for value in drawn) < 1600
