from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from perflab.analysis.stats.intervals import detectable, share_interval, t_interval


def test_a_share_of_equal_rounds_has_their_t_interval():
    interval: Any = share_interval(np.array([80.0, 90.0, 85.0]), np.array([100.0, 100.0, 100.0]))
    low, high = stats.t.interval(0.95, 2, loc=0.85, scale=stats.sem([0.8, 0.9, 0.85]))

    assert (interval.estimate, interval.low, interval.high) == pytest.approx((0.85, low, high))
    assert (interval.rounds, interval.n) == (3, 300)


def test_a_share_is_that_of_all_events_and_stays_one():
    interval: Any = share_interval(np.array([1.0, 99.0, 60.0, 0.0]), np.array([1.0, 100.0, 60.0, 0.0]))

    assert interval.estimate == pytest.approx(160 / 161)
    assert (interval.rounds, interval.n, interval.high) == (3, 161, 1.0)
    two_rounds: Any = share_interval(np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    assert two_rounds.low is None, "two rounds are too few"
    assert share_interval(np.zeros(3), np.zeros(3)) is None, "nothing was tried"


def test_the_interval_of_a_share_covers_it_where_rounds_differ():
    """Rounds with a rate of their own and of very different size; binomial over events it would cover half of the time."""
    rng = np.random.default_rng(7)
    covered = binomial = 0
    for _ in range(2000):
        tried = rng.integers(20, 120, 8).astype(float)
        hits = rng.binomial(tried.astype(int), rng.beta(30, 70, 8)).astype(float)
        interval: Any = share_interval(hits, tried)
        covered += interval.low <= 0.3 <= interval.high
        binomial += abs(interval.estimate - 0.3) <= 1.96 * np.sqrt(
            interval.estimate * (1 - interval.estimate) / interval.n
        )
    assert 0.93 <= covered / 2000 <= 0.97
    assert binomial / 2000 < 0.9


def test_a_t_interval_is_scipys():
    rounds = np.array([1.0, 2.0, 4.0, 4.0])

    interval = t_interval(rounds[None, :])

    low, high = stats.t.interval(0.95, 3, loc=rounds.mean(), scale=stats.sem(rounds))
    assert (interval.low[0], interval.high[0]) == pytest.approx((low, high))
    assert interval.rounds[0] == 4


def test_below_three_rounds_there_is_no_interval():
    interval = t_interval(np.array([[1.0, 2.0, np.nan]]))

    assert interval.mean[0] == 1.5
    assert np.isnan([interval.low[0], interval.high[0], interval.standard_error[0]]).all()


def test_no_round_at_all():
    interval = t_interval(np.full((1, 4), np.nan))

    assert np.isnan(interval.mean[0])
    assert interval.rounds[0] == 0


def test_rounds_without_a_miss_are_no_certainty():
    interval: Any = share_interval(np.full(3, 15.0), np.full(3, 15.0))

    assert (interval.estimate, interval.high) == (1.0, 1.0)
    assert interval.low == pytest.approx(stats.binomtest(45, 45).proportion_ci(0.95, "exact").low)


def test_rounds_that_agree_by_chance_have_the_exact_binomial_interval():
    interval: Any = share_interval(np.full(3, 14.0), np.full(3, 15.0))

    exact = stats.binomtest(42, 45).proportion_ci(0.95, "exact")
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize(("rounds", "errors"), [(3, 8.8), (8, 3.7), (50, 2.9)])
def test_the_minimum_detectable_effect_of_one_run_is_found_by_four_of_five_others(rounds, errors):
    reach = float(detectable(np.ones(1), np.array([rounds]), 0.95)[0])

    assert reach == pytest.approx(errors, rel=0.02)
    rng = np.random.default_rng(4)
    first, second = (np.sqrt(rng.chisquare(rounds - 1, 40_000) / (rounds - 1)) for _ in range(2))
    detected = rng.normal(size=40_000) + reach * first > stats.t.ppf(0.975, rounds - 1) * second
    assert detected.mean() == pytest.approx(0.8, abs=0.015)
