"""What a flush costs, on samples whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.caching.flush import cold_of, flush, points, warm_rate
from perflab.analysis.stats.pairs import Pairs

# Empty caches, 20 s until they are warm: 10% of 100 lookups in 5 s hit, then 30, 50, 55, and 60% from then on.
RATES = (0.1, 0.3, 0.5, 0.55, *[0.6] * 44)


def parts(*rates: float) -> list[dict[str, Any]]:
    return [
        {"until_s": 5.0 * n, "requests": 120, "hits": round(100 * rate), "misses": 100 - round(100 * rate)}
        for n, rate in enumerate(rates, 1)
    ]


def samples(
    rounds: int = 4, misses_of: Callable[[int], int] = lambda step: 1, noise: float = 0.0, seed: int = 1
) -> Pairs:
    """Rounds of 40 requests of all_on: `a` takes 4 ms when it hits and 6 ms more for each miss, `b` looks nothing up."""
    rng, rows = np.random.default_rng(seed), []
    for number in range(1, rounds + 1):
        for step in range(40):
            missed = misses_of(step) if step % 2 else 0
            looks = step % 4 != 2
            latency = 0.004 + 0.006 * missed if looks else 0.003
            rows.append(
                {"round": number, "step": step, "cell": "all_on", "phase": "measured", "endpoint": "a" if looks else "b",
                 "latency_s": latency * float(np.exp(noise * rng.standard_normal())),
                 "cache_hits": int(looks and not missed), "cache_misses": missed}
            )  # fmt: skip
    return Pairs.of(pd.DataFrame(rows))


def test_it_is_what_the_misses_of_cold_caches_take_more_than_hits() -> None:
    cost = flush(samples(), parts(*RATES))
    assert cost is not None
    assert cost.until_s == pytest.approx(20.0) and cost.requests == 480
    assert cost.misses == pytest.approx(50 + 30 + 10 + 5)
    assert cost.miss_s == pytest.approx(0.006)
    assert cost.low == pytest.approx(0.006) and cost.high == pytest.approx(0.006)
    assert cost.extra_s == pytest.approx(95 * 0.006)
    mean_s = (20 * 0.010 + 10 * 0.004 + 10 * 0.003) / 40
    assert cost.slowdown == pytest.approx(95 * 0.006 / 480 / mean_s)
    assert cost.as_dict()["misses"] == cost.misses


def test_a_request_that_misses_twice_costs_each_half() -> None:
    cost = flush(samples(misses_of=lambda step: 2), parts(*RATES))
    assert cost is not None and cost.miss_s == pytest.approx(0.006)


def test_its_interval_covers_the_truth() -> None:
    covered = 0
    for seed in range(200):
        cost = flush(samples(8, noise=0.3, seed=seed), parts(*RATES))
        assert cost is not None and cost.low is not None and cost.high is not None
        covered += cost.low <= 0.006 * np.exp(0.3**2 / 2) <= cost.high
    assert covered >= 182, "95% of 200, less three standard errors"


def test_two_rounds_have_no_interval() -> None:
    cost = flush(samples(2, noise=0.1), parts(*RATES))
    assert cost is not None and (cost.low, cost.high) == (None, None)


@pytest.mark.parametrize(
    ("pairs", "warm_up"),
    [
        (samples(), []),  # rounds began with empty caches
        (samples(), parts(*[0.6] * 48)),  # empty caches make no difference
        (samples(misses_of=lambda step: 0), parts(*RATES)),  # nothing missed
        (samples(1, misses_of=lambda step: int(step < 8)), parts(*RATES)),  # four misses
    ],
)
def test_what_is_nothing_or_unknown_is_not_told(pairs: Pairs, warm_up: list[dict[str, Any]]) -> None:
    assert flush(pairs, warm_up) is None


def test_a_cache_whose_misses_are_no_slower_than_its_hits_is_not_told_to_cost_anything() -> None:
    rows: Any = samples().samples
    assert flush(Pairs.of(rows.assign(latency_s=0.004 - 0.001 * rows["cache_misses"])), parts(*RATES)) is None
    rng = np.random.default_rng(1)
    assert flush(Pairs.of(rows.assign(latency_s=rng.lognormal(-5, 1, len(rows)))), parts(*RATES)) is None


def test_misses_of_endpoints_that_never_hit_tell_nothing() -> None:
    rows: Any = samples().samples
    rows = rows.assign(cache_hits=0, cache_misses=1)
    assert flush(Pairs.of(rows), parts(*RATES)) is None


def test_pieces_are_shares_of_all_lookups_of_equal_times() -> None:
    pieces = points(parts(*RATES))
    assert len(pieces) == 24 and pieces["lookups"].sum() == 4800 and pieces["requests"].sum() == 5760
    assert pieces["hit_rate"].iloc[:3].tolist() == pytest.approx([0.2, 0.525, 0.6])
    assert warm_rate(pieces) == pytest.approx(0.6)
    assert cold_of(pieces)["until_s"].tolist() == [10.0, 20.0]
    assert points([]).empty and points([{"until_s": 5.0, "hits": 0, "misses": 0}]).empty
