"""The hit rate under other traffic, by a closed form that is held against a simulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.caching.cacheable import UNLIMITED_S, CacheableEndpoint, Invalidation
from perflab.analysis.caching.hit_rates import hit_rates, popularity, steady
from tests.perflab.analysis.caching.simulation import simulated


def of(**changes: Any) -> CacheableEndpoint:
    """An endpoint of which all requests are reads, one thing asked for, never changed."""
    usual = {
        "endpoint": "job",
        "free": 1.0,
        "lookups": 1.0,
        "ttl_s": 10.0,
        "rows": 0,
        "shares": (1.0,),
        "invalidations": (),
    }
    return CacheableEndpoint(**{**usual, **changes})


def at(rate: float, *endpoints: CacheableEndpoint, zipf: float = 1.0, users: int = 50) -> float:
    return float(steady(endpoints, np.array([rate]), zipf, users)[0])


def test_one_thing_misses_once_in_a_time_to_live_and_a_pause() -> None:
    """Read twice a second and kept for 10 s: 20 hits for each miss."""
    assert at(2.0, of()) == pytest.approx(20 / 21)


def test_writes_make_entries_old_before_their_time() -> None:
    """Never too old, changed as often as it is read: every second read is the first since a change."""
    unread = Invalidation(0.5, 1.0, 0.0, True)
    assert at(1.0, of(free=0.5, ttl_s=UNLIMITED_S, invalidations=(unread,))) == pytest.approx(0.5)
    read_back = Invalidation(0.25, 1.0, 1.0, True)
    assert at(1.0, of(free=0.5, ttl_s=UNLIMITED_S, invalidations=(read_back,))) == pytest.approx(0.5 / 0.75), (
        "but for those read back"
    )


def test_what_is_never_kept_never_hits_and_counts_all_the_same() -> None:
    assert at(5.0, of(ttl_s=0.0)) == 0.0
    assert at(2.0, of(), of(ttl_s=0.0)) == pytest.approx(20 / 42)
    assert at(2.0, of(), of(ttl_s=0.0, lookups=3.0)) == pytest.approx(20 / 84)


def test_popularity_adds_up_and_binning_keeps_it_so() -> None:
    chance, number = popularity(10, 0.0, 1)
    assert chance == pytest.approx(np.full(10, 0.1)) and number.tolist() == [1.0] * 10
    for rows in (2, 3):
        chance, number = popularity(150, 1.2, rows)
        assert len(chance) <= 2000
        assert (chance * number).sum() == pytest.approx(1.0) and number.sum() == pytest.approx(150**rows)


MODELS = [
    of(rows=1, ttl_s=30.0),
    of(rows=1, shares=(0.75, 0.25), free=0.5, ttl_s=UNLIMITED_S, invalidations=(Invalidation(0.1, 2.0, 2.0, False),)),
    of(
        rows=1,
        shares=(0.75, 0.25),
        free=0.5,
        ttl_s=20.0,
        invalidations=(Invalidation(0.1, 1.0, 1.0, True), Invalidation(0.05, 1.0, 0.0, False)),
    ),
    of(rows=1, free=0.4, ttl_s=60.0, invalidations=(Invalidation(0.2, 1.0, 1.5, True),)),
    of(rows=2, ttl_s=30.0),
]


@pytest.mark.parametrize("model", MODELS)
def test_the_closed_form_is_what_a_simulation_of_long_traffic_comes_to(model: CacheableEndpoint) -> None:
    """Fifty rounds of 6,000 requests at 20 a second, of which the first 4,000 warm the caches."""
    simulation = simulated([model], 20.0, 1.0, 20, 4000, 2000, times=50, seed=7)
    reads = 2000 * 50 * (model.free + sum(write.share * write.reads for write in model.invalidations))
    assert simulation == pytest.approx(at(20.0, model, users=20), abs=5 * 0.5 / math.sqrt(reads))


ENDPOINTS = [
    {
        "name": "job",
        "method": "GET",
        "path": "/jobs/{id}",
        "weight": 9,
        "audited": True,
        "params": {"id": "shop.Job.pk"},
    },
    {
        "name": "edit",
        "method": "POST",
        "path": "/jobs/{id}",
        "weight": 1,
        "params": {"id": "shop.Job.pk"},
        "affects": ["job"],
    },
]
SCENARIO: dict[str, Any] = {
    "traffic": {"rate_per_s": 50.0, "zipf": 1.0, "active_users": 100, "endpoints": ENDPOINTS},
}  # fmt: skip
ROW = {"endpoint": "job", "gets": 90, "requests": 90, "sets": 40, "ttl_s": [60.0], "personal": False}
CLAIM = {
    "metric": "cache_hit_rate", "direction": "at_least", "bound": 0.8, "scope": "audited",
    "estimate": 0.3, "low": 0.2, "high": 0.4,
}  # fmt: skip


def trace() -> pd.DataFrame:
    """Two rounds of 4 requests of warm-up, 6 measured ones and 2 checks."""
    rows = [
        {"round": number, "step": step, "phase": "warmup" if step < 4 else "measured" if step < 10 else "check",
         "endpoint": "job", "method": "GET",
         "path": "/jobs/1", "body": None, "user": None, "affected_by": None}
        for number in (1, 2) for step in range(12)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"affected_by": "Int32"})


def modelled(scenario: dict[str, Any] = SCENARIO, row: dict[str, Any] = ROW, **claim: Any) -> Any:
    return hit_rates({"claims": [{**CLAIM, **claim}], "cache": [row]}, scenario, trace())


def test_a_run_is_drawn_and_reported() -> None:
    model = modelled()
    assert (model.rate_per_s, model.zipf, model.measured, model.low, model.high, model.bound) == (
        50.0,
        1.0,
        0.3,
        0.2,
        0.4,
        0.8,
    )
    assert model.round_s == 10 / 50, "the checks do not count"
    assert model.lines.columns.tolist() == ["rate_per_s", "zipf", "hit_rate"]
    assert model.lines["zipf"].unique().tolist() == [0.6, 1.0, 1.4]
    assert model.lines["rate_per_s"].min() == pytest.approx(0.5) and model.lines["rate_per_s"].max() == pytest.approx(
        10_000
    )
    assert all(line["hit_rate"].diff().min() > -1e-9 for _, line in model.lines.groupby("zipf")), "it rises"
    assert 0 < model.here < model.ceiling
    assert model.after_writes == pytest.approx(1 / 9)
    assert model.ceiling == pytest.approx(8 / 9)


def test_the_crossing_lies_on_the_line() -> None:
    model = modelled()
    line = model.lines[model.lines["zipf"] == 1.0]
    assert np.interp(model.crossing, line["rate_per_s"], line["hit_rate"]) == pytest.approx(0.8, abs=0.003)


def test_the_lines_go_as_far_as_the_claim_asks_for() -> None:
    slow = {**SCENARIO, "traffic": {**SCENARIO["traffic"], "rate_per_s": 0.001}}
    model = modelled(scenario=slow)
    assert model.crossing > 200 * 0.001 and model.lines["rate_per_s"].max() == pytest.approx(2 * model.crossing)


def test_a_bound_that_writes_put_out_of_reach_is_never_crossed() -> None:
    assert modelled(bound=0.95).crossing is None
    assert modelled(direction="at_most").bound is None


def test_without_a_claim_the_ledgers_row_of_all_endpoints_is_what_was_measured() -> None:
    whole = {**ROW, "endpoint": "ALL", "hit_rate": {"estimate": 0.25, "low": None, "high": None}}
    model = hit_rates({"claims": [], "cache": [whole, ROW]}, SCENARIO, trace())
    assert model is not None
    assert (model.measured, model.low, model.bound, model.crossing) == (0.25, None, None, None)


def test_where_something_is_not_known_nothing_is_stated() -> None:
    assert modelled(row={**ROW, "ttl_s": []}) is None
    assert modelled(row={**ROW, "gets": 0}) is None
    assert modelled(scope="nowhere") is None
    assert modelled(scenario={"traffic": {"endpoints": ENDPOINTS}}) is None
    assert hit_rates({"claims": [CLAIM], "cache": [ROW]}, SCENARIO, trace().iloc[:0]) is None
