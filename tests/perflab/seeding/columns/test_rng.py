"""Rng repeat, and fall as often as they should."""

from __future__ import annotations

import numpy as np
import pytest

from perflab.seeding.columns.rng import draw_by_group, draw_weighted, power_law, rng_for


def test_the_same_seed_and_purpose_repeat():
    assert rng_for(1, "a", "b").random() == rng_for(1, "a", "b").random()
    assert (
        len({rng_for(seed, *words).random() for seed, words in [(1, ("a", "b")), (2, ("a", "b")), (1, ("ab",))]}) == 3
    )


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.3])
def test_a_power_law_favours_the_first(exponent):
    ranks = power_law(rng_for(1), 1000, 100_000, exponent)
    assert ranks.min() == 0
    assert ranks.max() <= 999
    counts = np.bincount(ranks, minlength=1000)
    # shares of ranks 10 to 99 and 100 to 999, against the sums of k ** -exponent
    weights = np.arange(1, 1001) ** -exponent
    for start, end in [(10, 100), (100, 1000)]:
        assert counts[start:end].sum() / 100_000 == pytest.approx(weights[start:end].sum() / weights.sum(), rel=0.15)


def test_exponent_zero_is_even():
    counts = np.bincount(power_law(rng_for(1), 10, 10_000, 0), minlength=10)
    assert counts.min() > 850


@pytest.mark.parametrize("exponent", [0, 0.5, 1])
def test_no_draws_from_nothing(exponent):
    assert len(power_law(rng_for(1), 0, 0, exponent)) == 0
    assert len(draw_weighted(rng_for(1), np.empty(0), 0)) == 0


def test_weight_zero_never_comes():
    drawn = draw_weighted(rng_for(1), np.array([0, 3, 0, 1, 0.0]), 10_000)
    assert set(drawn) == {1, 3}
    assert (drawn == 1).mean() == pytest.approx(0.75, abs=0.02)


def test_each_group_has_weights_of_its_own():
    weights = np.array([[1, 0, 0], [0, 1, 3.0]])
    groups = np.array([0, 1] * 5000)
    drawn = draw_by_group(rng_for(1), weights, groups)
    assert set(drawn[groups == 0]) == {0}
    assert (drawn[groups == 1] == 2).mean() == pytest.approx(0.75, abs=0.02)
