"""Values in the order of the rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from marketplace.models import Job
from perflab.errors import InputError
from perflab.seeding import Key, Popular, Series
from tests.perflab.seeding.drawing import rows_of, values

START = dt.datetime(2025, 10, 1, tzinfo=dt.UTC)


def test_moments_are_spread_over_the_span_in_order(drawn_rows):
    drawn = values(drawn_rows, Series(START, START + dt.timedelta(days=10)))
    assert (np.diff(drawn) >= np.timedelta64(0, "ms")).all()
    assert drawn[0] >= np.datetime64("2025-10-01")
    assert drawn[-1] < np.datetime64("2025-10-11")
    assert drawn[150] - drawn[0] > np.timedelta64(3, "D")


def test_moments_and_numbers_grow_by_a_step(drawn_rows):
    minutes = values(drawn_rows, Series(START, step=dt.timedelta(minutes=5)), 3)
    assert list(minutes) == [np.datetime64(f"2025-10-01T00:{m:02}") for m in (0, 5, 10)]
    assert list(values(drawn_rows, Series(START), 2))[1] == np.datetime64("2025-10-01T00:00:01")
    assert list(values(drawn_rows, Series(7), 3)) == [7, 8, 9]
    assert list(values(drawn_rows, Series(0.5, step=0.25), 3)) == [0.5, 0.75, 1.0]


def test_numbers_are_spread_over_a_span(drawn_rows):
    drawn = values(drawn_rows, Series(1, 1000))
    assert (np.diff(drawn) >= 0).all() and drawn[0] >= 1 and drawn[-1] <= 1000
    assert drawn.dtype.kind == "i"


def test_a_series_begins_anew_in_each_group(drawn_rows):
    rows = rows_of(drawn_rows, 200, job=Popular(Job), line=Series(1, within="job"))
    jobs, lines = rows.path("job").values, rows.path("line").values
    for job in set(jobs):
        assert list(lines[jobs == job]) == list(range(1, (jobs == job).sum() + 1))


def test_a_span_and_groups_contradict_each_other(drawn_rows):
    with pytest.raises(InputError, match="either `last` or `within`"):
        values(drawn_rows, Series(1, 5, within="job"))


def test_keys_are_padded(drawn_rows):
    assert values(drawn_rows, Key(6), 12).to_pylist()[:2] == ["000001", "000002"]
    assert values(drawn_rows, Key(6, "a-"), 12).to_pylist()[11] == "a-0012"


def test_keys_that_are_too_short_are_refused(drawn_rows):
    with pytest.raises(InputError, match="300 rows do not fit into keys of 2 characters"):
        values(drawn_rows, Key(2))


def test_no_rows(drawn_rows):
    assert len(values(drawn_rows, Series(START, START), 0)) == 0
    assert len(values(drawn_rows, Key(3), 0)) == 0
