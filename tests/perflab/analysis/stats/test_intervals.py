from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from perflab.analysis.stats.intervals import ratio_interval, share_interval, t_interval


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


def test_the_ratio_is_made_on_the_log_scale():
    baseline, candidate = np.array([[1.0, 1.0, 1.0]]), np.array([[0.5, 2.0, 1.0]])

    interval = ratio_interval(baseline, candidate)

    assert interval.ratio[0] == pytest.approx(1)  # half and double cancel, as they do not in the mean of ratios
    assert interval.low[0] * interval.high[0] == pytest.approx(1)
    assert interval.log[0]


def test_a_zero_makes_it_linear_and_the_interval_stops_at_zero():
    interval = ratio_interval(np.array([[4.0, 4.0, 4.0]]), np.array([[0.0, 2.0, 0.0]]))

    assert not interval.log[0]
    assert interval.ratio[0] == pytest.approx(1 / 6)
    assert interval.low[0] == 0
    assert interval.high[0] > interval.ratio[0]


def test_a_baseline_of_zero_has_no_ratio():
    interval = ratio_interval(np.array([[0.0, 1.0, 1.0]]), np.array([[1.0, 1.0, 1.0]]))

    assert np.isnan([interval.ratio[0], interval.low[0], interval.high[0]]).all()


def test_nothing_against_nothing_is_equal():
    interval = ratio_interval(np.zeros((1, 3)), np.zeros((1, 3)))

    assert (interval.ratio[0], interval.low[0], interval.high[0]) == (1, 1, 1)


def test_groups_do_not_mix():
    baseline = np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])

    interval = ratio_interval(baseline, np.full((2, 3), 2.0))

    assert interval.ratio[0] == pytest.approx(2)
    assert np.isnan(interval.ratio[1])
