from __future__ import annotations

import numpy as np
import pytest

from perflab.analysis.stats.levels import Counted, Strata
from perflab.analysis.stats.tails import FEW_REQUESTS, tails, unseen


def of(before, after, counts: bool = False):
    x, y = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    rounds, requests = x.shape
    size = rounds * requests
    strata = Strata(np.zeros(size, dtype=np.int64), np.zeros(1, dtype=np.int64), np.ones(1), 1)
    table = Counted.of(strata, np.repeat(np.arange(rounds), requests), np.ones(size, dtype=bool))
    levels = table.levels(x.ravel()), table.levels(y.ravel())
    return tails(table, x.ravel(), y.ravel(), levels, counts)


def test_a_sample_misses_what_is_rarer_than_this_so_often():
    share = unseen(np.array([10, 1000]), 0.05)

    assert (1 - share) ** [10, 1000] == pytest.approx([0.05, 0.05])


def test_the_error_of_independent_requests_is_that_of_a_ratio_of_means():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(1, 2, (3, 50)), rng.uniform(1, 2, (3, 50))

    influence = y - y.mean() / x.mean() * x
    assert of(x, y).error[0] == pytest.approx(influence.std(ddof=1) / np.sqrt(150) / x.mean())


def test_few_requests_lack_as_much_as_the_longest_of_either_cell():
    made = of([[1.0, 9.0]] * 3, [[1.0, 1.0]] * 3)

    assert made.more[0] == pytest.approx((1 - 0.2 ** (1 / 6)) * 8)
    assert made.base_more[0] == pytest.approx((1 - 0.2 ** (1 / 6)) * 4)
    assert made.less[0] == 0


def test_many_requests_lack_nothing_but_a_count_that_never_varied_does():
    steady = [[2.0] * FEW_REQUESTS] * 3
    assert of(steady, steady).more[0] == 0
    share = 1 - 0.025 ** (1 / (3 * FEW_REQUESTS))
    made = of(steady, steady, counts=True)
    assert (made.more[0], made.less[0]) == pytest.approx((share, share)), "one more, or one less"


def test_a_tail_of_the_candidate_is_a_positive_third_moment_and_the_baselines_a_negative_one():
    tail = [[1.0] * 19 + [10.0]] * 3
    flat = [[1.0] * 20] * 3

    assert of(flat, tail).third[0] > 0 > of(tail, flat).third[0]
