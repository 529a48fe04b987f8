from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from perflab.analysis.intervals import ratio_interval, t_interval


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
