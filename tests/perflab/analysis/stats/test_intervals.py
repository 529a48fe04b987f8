from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from perflab.analysis.stats.intervals import ratio_interval, share_interval, t_interval


def test_a_share_of_equal_rounds_has_their_t_interval():
    found: Any = share_interval(np.array([80.0, 90.0, 85.0]), np.array([100.0, 100.0, 100.0]))
    low, high = stats.t.interval(0.95, 2, loc=0.85, scale=stats.sem([0.8, 0.9, 0.85]))

    assert (found.estimate, found.low, found.high) == pytest.approx((0.85, low, high))
    assert (found.rounds, found.n) == (3, 300)


def test_a_share_is_that_of_all_events_and_stays_one():
    found: Any = share_interval(np.array([1.0, 99.0, 60.0, 0.0]), np.array([1.0, 100.0, 60.0, 0.0]))

    assert found.estimate == pytest.approx(160 / 161)
    assert (found.rounds, found.n, found.high) == (3, 161, 1.0)
    two_rounds: Any = share_interval(np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    assert two_rounds.low is None, "two rounds are too few"
    assert share_interval(np.zeros(3), np.zeros(3)) is None, "nothing was tried"


def test_the_interval_of_a_share_covers_it_where_rounds_differ():
    """Rounds with a rate of their own and of very different size; binomial over events it would cover half of the time."""
    rng = np.random.default_rng(7)
    covered = binomial = 0
    for _ in range(2000):
        tried = rng.integers(20, 120, 8).astype(float)
        found = rng.binomial(tried.astype(int), rng.beta(30, 70, 8)).astype(float)
        one: Any = share_interval(found, tried)
        covered += one.low <= 0.3 <= one.high
        binomial += abs(one.estimate - 0.3) <= 1.96 * np.sqrt(one.estimate * (1 - one.estimate) / one.n)
    assert 0.93 <= covered / 2000 <= 0.97
    assert binomial / 2000 < 0.9


def test_a_t_interval_is_scipys():
    rounds = np.array([1.0, 2.0, 4.0, 4.0])

    found = t_interval(rounds[None, :])

    low, high = stats.t.interval(0.95, 3, loc=rounds.mean(), scale=stats.sem(rounds))
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))
    assert found.rounds[0] == 4


def test_below_three_rounds_there_is_no_interval():
    found = t_interval(np.array([[1.0, 2.0, np.nan]]))

    assert found.mean[0] == 1.5
    assert np.isnan([found.low[0], found.high[0], found.standard_error[0]]).all()


def test_no_round_at_all():
    found = t_interval(np.full((1, 4), np.nan))

    assert np.isnan(found.mean[0])
    assert found.rounds[0] == 0


def test_the_ratio_is_made_on_the_log_scale():
    baseline, candidate = np.array([[1.0, 1.0, 1.0]]), np.array([[0.5, 2.0, 1.0]])

    found = ratio_interval(baseline, candidate)

    assert found.ratio[0] == pytest.approx(1)  # half and double cancel, as they do not in the mean of ratios
    assert found.low[0] * found.high[0] == pytest.approx(1)
    assert found.log[0]


def test_a_zero_makes_it_linear_and_the_interval_stops_at_zero():
    found = ratio_interval(np.array([[4.0, 4.0, 4.0]]), np.array([[0.0, 2.0, 0.0]]))

    assert not found.log[0]
    assert found.ratio[0] == pytest.approx(1 / 6)
    assert found.low[0] == 0
    assert found.high[0] > found.ratio[0]


def test_a_baseline_of_zero_has_no_ratio():
    found = ratio_interval(np.array([[0.0, 1.0, 1.0]]), np.array([[1.0, 1.0, 1.0]]))

    assert np.isnan([found.ratio[0], found.low[0], found.high[0]]).all()


def test_nothing_against_nothing_is_equal():
    found = ratio_interval(np.zeros((1, 3)), np.zeros((1, 3)))

    assert (found.ratio[0], found.low[0], found.high[0]) == (1, 1, 1)


def test_groups_do_not_mix():
    baseline = np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])

    found = ratio_interval(baseline, np.full((2, 3), 2.0))

    assert found.ratio[0] == pytest.approx(2)
    assert np.isnan(found.ratio[1])
