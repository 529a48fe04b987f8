"""The median of paired ratios: what it is, that its interval covers, and that interruptions do not decide it."""

from __future__ import annotations

import numpy as np
import pytest

from perflab.analysis.stats.intervals import t_interval
from perflab.analysis.stats.paired import paired_interval

ROUNDS = 8


def of(before, after):
    """One group; rounds by requests."""
    x, y = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    rounds, requests = x.shape
    codes = np.zeros(rounds * requests, dtype=np.int64)
    n, made = paired_interval(x.ravel(), y.ravel(), codes, np.repeat(np.arange(rounds), requests), 1, rounds)
    return int(n[0]), made


def test_it_is_the_geometric_mean_of_the_rounds_medians() -> None:
    before = np.array([[1.0, 2.0, 4.0]] * 3)
    after = before * [[1.1, 1.2, 9.0], [1.1, 1.3, 9.0], [0.1, 1.1, 1.2]]
    n, made = of(before, after)
    logs = np.log([[1.2, 1.3, 1.1]])
    assert (n, int(made.rounds[0])) == (9, 3)
    assert made.ratio[0] == pytest.approx(np.exp(logs.mean()))
    assert made.high[0] == pytest.approx(np.exp(t_interval(logs).high[0]))


def test_groups_are_apart_and_one_round_has_no_interval() -> None:
    codes = np.array([0, 0, 0, 2])
    n, made = paired_interval(np.ones(4), np.array([2.0, 2, 2, 3]), codes, np.array([0, 1, 2, 0]), 3, 3)
    assert n.tolist() == [3, 0, 1]
    assert made.ratio[0] == 2 and np.isnan(made.ratio[1]) and made.ratio[2] == pytest.approx(3)
    assert np.isnan(made.low[1:]).all() and np.isnan(made.p_value[1:]).all()


def test_a_time_of_zero_has_no_ratio_and_is_left_out() -> None:
    n, made = of([[0.0, 1.0, 1.0]] * 3, [[1.0, 1.5, 0.0]] * 3)
    assert n == 3 and made.ratio[0] == pytest.approx(1.5)


def test_it_covers_and_is_sharp_where_something_interrupts_requests() -> None:
    """A request in ten waits for as long as the whole machine is taken from it; each process has a pace of its own."""
    rng = np.random.default_rng(7)
    runs, inside, half_widths, half_widths_of_means = 600, 0, [], []
    for _ in range(runs):
        shape = (ROUNDS, 60)
        base = rng.lognormal(0, 1, shape)

        def cell(factor: float, base=base, shape=shape):
            pace = np.exp(rng.normal(0, 0.01, (ROUNDS, 1)))
            return base * factor * pace * rng.lognormal(0, 0.1, shape) + (rng.random(shape) < 0.1) * rng.exponential(
                5, shape
            )

        before, after = cell(1.0), cell(1.05)
        _, made = of(before, after)
        inside += bool(made.low[0] <= 1.05 <= made.high[0])
        half_widths.append(np.log(made.high[0] / made.low[0]) / 2)
        of_means = t_interval(np.log(after.mean(axis=1) / before.mean(axis=1))[None, :])
        half_widths_of_means.append((of_means.high - of_means.low)[0] / 2)
    assert 0.93 <= inside / runs <= 0.975
    assert np.median(half_widths) < 0.25 * np.median(half_widths_of_means)
