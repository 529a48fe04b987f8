"""Which factors bring a mistake about."""

from __future__ import annotations

import pytest

from perflab.analysis.database.mistakes.cause import Cause, cause_of

FACTORS = ("indexes", "queries", "caching")


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        (["all_off", "queries", "all_on"], Cause("all_off", [], "whichever factors are on")),
        (["queries", "indexes+queries", "all_on"], Cause("queries", ["queries"], "with ‘queries’ on")),
        (["all_off", "queries", "indexes+queries"], Cause("all_off", [], "with ‘caching’ off")),
        (["all_off", "indexes", "caching"], Cause("all_off", [], "with ‘queries’ off")),
        (["all_off", "indexes", "queries", "caching"], Cause("all_off", [], "but not with everything on")),
        (["indexes+queries"],
         Cause("indexes+queries", ["indexes", "queries"], "with ‘indexes’ and ‘queries’ on and ‘caching’ off")),
    ],
)  # fmt: skip
def test_the_smallest_set_that_shows_it_is_named(cells: list[str], cause: Cause) -> None:
    assert cause_of(cells, {}, FACTORS) == cause


def test_without_factors_nothing_is_said_of_them() -> None:
    assert cause_of(["all_off"], {}, []).clause == ""
    assert cause_of(["all_on"], {}, ["indexes"]).clause == ", with ‘indexes’ on"


@pytest.mark.parametrize(
    ("cells", "factors", "words"),
    [
        (["all_off", "all_on"], ["change"], "in both revisions"),
        (["all_on"], ["change"], "in the new revision"),
        (["all_off"], ["change"], "in the old revision"),
        (["change", "all_on"], ["change", "caching"], "in the new revision"),
        (["change"], ["change", "caching"], "in the new revision with ‘caching’ off"),
        (["all_off", "change", "caching", "all_on"], ["change", "caching"], "whichever factors are on"),
    ],
)
def test_revisions_are_named_as_such(cells: list[str], factors: list[str], words: str) -> None:
    scenario = {"factors": [{"name": name} for name in factors], "factor_traits": {"change": ["compares_code"]}}
    assert cause_of(cells, scenario, factors).words == words
