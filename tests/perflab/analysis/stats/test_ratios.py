from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from perflab.analysis.stats.levels import Counted, Levels, Strata
from perflab.analysis.stats.ratios import RatioInterval, difference_interval, ratio_interval, ratio_of_figures
from perflab.analysis.stats.tails import tails


def sides(before, after) -> tuple[Levels, Levels]:
    """One group, rounds by requests."""
    x, y = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    table = of_shape(*x.shape)
    return table.levels(x.ravel()), table.levels(y.ravel())


def of_shape(rounds: int, requests: int) -> Counted:
    size = rounds * requests
    strata = Strata(np.zeros(size, dtype=np.int64), np.zeros(1, dtype=np.int64), np.ones(1), 1)
    return Counted.of(strata, np.repeat(np.arange(rounds), requests), np.ones(size, dtype=bool))


def widened(before, after, counts: bool = False) -> RatioInterval:
    x, y = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    table, levels = of_shape(*x.shape), sides(x, y)
    return ratio_interval(*levels, 0.95, tails(table, x.ravel(), y.ravel(), levels, counts), counts)


def test_the_ratio_is_that_of_the_levels():
    interval = ratio_interval(*sides([[1], [1], [1]], [[0.5], [2], [1]]))

    assert interval.ratio[0] == pytest.approx(3.5 / 3)
    assert interval.low[0] * interval.high[0] == pytest.approx((3.5 / 3) ** 2)
    assert interval.log[0]


def test_equal_rounds_have_the_t_interval_of_their_mean():
    rounds = [0.99, 1.0, 1.02, 1.01]
    interval = ratio_interval(*sides([[1.0]] * 4, [[value] for value in rounds]))

    low, high = stats.t.interval(0.95, 3, loc=np.mean(rounds), scale=stats.sem(rounds))
    assert (interval.low[0], interval.high[0]) == pytest.approx((low, high), abs=1e-3)


def test_a_candidate_with_events_in_one_round_is_on_the_linear_scale_and_stops_at_zero():
    interval = ratio_interval(*sides([[4], [4], [4]], [[0], [2], [0]]))

    assert not interval.log[0]
    assert interval.ratio[0] == pytest.approx(1 / 6)
    assert interval.low[0] == 0 and interval.high[0] > interval.ratio[0]


def test_a_baseline_with_events_in_one_round_has_a_ratio_and_no_interval():
    interval = ratio_interval(*sides([[0], [1], [0]], [[1], [1], [1]]))

    assert interval.ratio[0] == 3
    assert np.isnan([interval.low[0], interval.high[0], interval.p_value[0]]).all()


def test_a_baseline_of_zero_has_no_ratio_and_nothing_against_nothing_is_equal():
    assert np.isnan(ratio_interval(*sides([[0], [0], [0]], [[1], [1], [1]])).ratio[0])
    nothing = ratio_interval(*sides([[0], [0], [0]], [[0], [0], [0]]))
    assert (nothing.ratio[0], nothing.low[0], nothing.high[0]) == (1, 1, 1)


def test_below_three_rounds_there_is_no_interval():
    interval = widened([[4.0] * 20] * 2, [[2.0] * 20] * 2, counts=True)

    assert interval.ratio[0] == 0.5
    assert np.isnan([interval.low[0], interval.high[0], interval.mde[0], interval.p_value[0]]).all()


def test_counts_that_never_varied_have_an_interval():
    """A query by one request in so many may have been missed: 1 - 0.025^(1/n) of them."""
    interval = widened([[3.0] * 150] * 8, [[0.0] * 150] * 8, counts=True)
    assert interval.ratio[0] == interval.low[0] == 0
    assert interval.high[0] == pytest.approx(1 - 0.025 ** (1 / 1200))

    same = widened([[5.0] * 100] * 3, [[5.0] * 100] * 3, counts=True)
    assert same.low[0] < 1 < same.high[0]
    assert same.high[0] - same.low[0] < 0.02


def test_rounds_that_count_alike_by_chance_are_no_certainty():
    """One miss of fifteen in each of three rounds: no spread between rounds."""
    interval = widened([[2.0] * 15] * 3, [[2.0, *[1.0] * 14]] * 3, counts=True)

    assert interval.high[0] - interval.low[0] > 0.05


def test_few_requests_allow_for_one_that_was_not_met():
    x = np.exp(np.random.default_rng(1).normal(0, 0.2, (8, 1)))
    interval, alone = widened(x, 0.03 * x), ratio_interval(*sides(x, 0.03 * x))

    assert interval.high[0] > 0.1 > alone.high[0], "eight hits of eight are no proof that nothing misses"
    assert interval.ratio[0] == alone.ratio[0]


def test_a_skewed_candidate_widens_the_side_on_which_it_lacks_requests():
    rng = np.random.default_rng(2)
    x, y = np.exp(rng.normal(0, 0.2, (8, 15))), np.exp(rng.normal(0, 1.2, (8, 15)))
    interval, alone = widened(x, y), ratio_interval(*sides(x, y))

    assert interval.high[0] > alone.high[0]
    assert interval.low[0] == pytest.approx(alone.low[0])
    assert interval.p_value[0] >= alone.p_value[0] if alone.ratio[0] < 1 else True


def test_a_difference_is_that_of_the_levels():
    interval = difference_interval(*sides([[1], [2], [3]], [[2], [3], [5]]))

    low, high = stats.t.interval(0.95, 2, loc=4 / 3, scale=stats.sem([1, 1, 2]))
    assert (interval.difference[0], interval.low[0], interval.high[0]) == pytest.approx((4 / 3, low, high))


def test_a_quantiles_ratio_is_that_of_the_printed_ones_with_the_spread_of_rounds():
    per_round = (np.array([[1.0, 1.0, 1.0]]), np.array([[0.5, 2.0, 1.0]]))
    interval = ratio_of_figures((np.array([2.0]), np.array([3.0])), per_round)

    assert interval.ratio[0] == 1.5
    assert interval.low[0] * interval.high[0] == pytest.approx(1.5**2)
