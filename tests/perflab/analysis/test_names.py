from __future__ import annotations

import itertools

import pytest

from perflab.analysis import names
from perflab.run import cells
from perflab.scenario import rules


def test_names_are_those_that_a_run_writes():
    assert (names.BASELINE, names.OPTIMISED, names.TWIN) == (cells.BASELINE, cells.OPTIMISED, cells.TWIN)
    assert (names.CANARY, names.REFERENCE, names.CANARY_SHARE) == (
        cells.CANARY,
        cells.REFERENCE,
        cells.CANARY_SHARE,
    )


@pytest.mark.parametrize("factors", [("one",), ("one", "two"), ("indexes", "queries", "caching")])
def test_cells_are_called_as_a_run_calls_them(factors):
    for bits in itertools.product((False, True), repeat=len(factors)):
        levels = dict(zip(factors, bits, strict=True))

        assert names.cell_of([f for f in factors if levels[f]], factors) == cells.cell_name(levels)


def test_alone_and_last():
    factors = ("indexes", "queries", "caching")

    assert names.alone("queries", factors) == names.Contrast("queries alone", "all_off", "queries")
    assert names.last("queries", factors) == names.Contrast("queries last", "indexes+caching", "all_on")


def test_no_endpoint_can_be_named_like_a_group_of_them():
    assert set(rules.GROUP_NAMES) == {names.ALL, *names.MIX}
