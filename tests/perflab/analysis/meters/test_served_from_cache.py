from __future__ import annotations

import pytest

from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of


def requests(hits, misses, queries):
    """Samples of one request after another in each of three rounds."""
    steps = len(hits)
    table = samples_of({"all_off": flat(1, steps=steps), "all_on": flat(1, steps=steps)})
    table["cache_hits"], table["cache_misses"], table["query_count"] = hits * 6, misses * 6, queries * 6
    return table


def test_requests_count_and_not_lookups():
    """A page that asks twice and hits twice is one request: half of the requests are two thirds of the lookups."""
    result = judge(requests([2, 0], [0, 1], [0, 5]), claim("served_from_cache", bound=0.9))

    assert (result.estimate, result.n, result.rounds) == (0.5, 6, 3)
    assert 0 < result.low < 0.5 < result.high < 1
    assert result.verdict == "refuted"


def test_an_entry_that_is_found_and_queried_for_all_the_same_serves_nothing():
    assert judge(requests([1, 1], [0, 0], [3, 0]), claim("served_from_cache", bound=0.9)).estimate == 0.5


@pytest.mark.parametrize("column", ["cache_hits", "query_count"])
def test_what_was_not_recorded_is_not_measured(column):
    result = judge(requests([1], [0], [0]).drop(columns=column), claim("served_from_cache", bound=0.9))

    assert result.verdict == "not measured"
