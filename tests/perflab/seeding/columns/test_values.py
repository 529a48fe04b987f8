"""Moments stay within their ends, and texts that number rows are unique."""

from __future__ import annotations

import datetime as dt

import numpy as np

from perflab.seeding import After, Between, Numbered, Uuid
from perflab.seeding.columns.base import moment
from tests.perflab.seeding.drawing import rows_of, values

AS_OF = dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


def test_moments_lie_between(drawn_rows):
    start = AS_OF - dt.timedelta(days=10)
    drawn = values(drawn_rows, Between(start, AS_OF))
    assert np.datetime64("2025-10-10") <= drawn.min() < drawn.max() < np.datetime64("2025-10-20")
    by_archetype = values(drawn_rows, Between(lambda _: start.date(), lambda _: start.date()))
    assert set(by_archetype) == {np.datetime64("2025-10-10T00:00:00.000")}


def test_after_ends_at_until_and_leaves_no_heap_there(drawn_rows):
    start = Between(AS_OF - dt.timedelta(days=10), AS_OF)
    rows = rows_of(drawn_rows, 1000, start=start, end=After("start", (0, 10), until=AS_OF))
    ends = rows.path("end").values
    assert (ends >= rows.path("start").values).all()
    assert ends.max() <= np.datetime64("2025-10-20")
    assert len(set(ends)) > 990
    before = rows_of(drawn_rows, 10, start=start, end=After("start", (-2, -1)))
    assert (before.path("end").values < before.path("start").values).all()


def test_texts_with_numbers_are_unique(drawn_rows):
    texts = values(drawn_rows, Numbered(lambda _: "name", "@example.com"), 3).to_pylist()
    assert texts == ["name1@example.com", "name2@example.com", "name3@example.com"]
    assert values(drawn_rows, Numbered("N"), 2).to_pylist() == ["N1", "N2"]
    ids = values(drawn_rows, Uuid(), 50).to_pylist()
    assert len(set(ids)) == 50
    assert ids[0][14] == "4"


def test_moments_are_written_in_utc():
    east = dt.timezone(dt.timedelta(hours=2))
    assert moment(dt.datetime(2025, 10, 20, 1, 30, tzinfo=east)) == np.datetime64("2025-10-19T23:30")
    assert moment(dt.date(2025, 10, 20)) == np.datetime64("2025-10-20T00:00")
