from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from scipy import stats

from perflab.analysis.claims import claims
from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of


def lookups(hits, misses):
    """Samples of all_on, one request per round with so many hits and misses; all_off has no cache."""
    table = samples_of({"all_off": flat(1, steps=1), "all_on": flat(1, steps=1)})
    on = table["cell"] == "all_on"
    table[["cache_hits", "cache_misses"]] = 0
    table.loc[on, "cache_hits"], table.loc[on, "cache_misses"] = hits, misses
    return table


def test_the_hit_rate_is_over_rounds():
    result = judge(lookups([80, 90, 85], [20, 10, 15]), claim("cache_hit_rate", bound=0.6))

    low, high = stats.t.interval(0.95, 2, loc=0.85, scale=stats.sem([0.8, 0.9, 0.85]))
    assert (result.low, result.estimate, result.high) == pytest.approx((low, 0.85, high))
    assert result.ratio is None, "a rate is no reduction"
    assert (result.n, result.before, result.after, result.verdict) == (
        300,
        None,
        result.estimate,
        "supported",
    )


def test_the_hit_rate_stays_between_nothing_and_everything():
    result = judge(lookups([10, 10, 8], [0, 0, 2]), claim("cache_hit_rate", bound=0.8))

    assert result.high == 1
    assert result.verdict == "inconclusive"


def test_a_hit_rate_without_lookups_is_not_measured():
    result = judge(lookups([0, 0, 0], [0, 0, 0]), claim("cache_hit_rate", bound=0.8))

    assert result.verdict == "not measured"
    assert "no request looked anything up" in result.reason


def test_a_cache_that_is_declared_and_never_asked_has_a_rate_of_nothing():
    table = lookups([0, 0, 0], [0, 0, 0]).assign(endpoint="jobs")
    table = pd.concat([table.assign(step=table["step"] + n) for n in range(20)], ignore_index=True)
    stated = {**claim("cache_hit_rate", bound=0.8), "scope": "jobs"}
    endpoints = [{"name": "jobs", "path": "/jobs", "weight": 1, "cached": True}]

    result: Any
    (result,) = claims(table, {"claims": [stated], "traffic": {"endpoints": endpoints}})

    assert (result.estimate, result.low, result.verdict, result.n) == (0, 0, "refuted", 60)
    assert 0 < result.high < 0.1
    assert result.reason.startswith("The cache was never used: no lookup in 60 requests to jobs")
