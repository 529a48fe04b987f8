from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflab.analysis.stats.statistics import STATISTICS, geomean, mean, quantile

numbers = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=40)


def test_each_group_has_its_own_figure():
    values, codes = np.array([1.0, 3.0, 10.0]), np.array([0, 0, 2])

    assert mean(values, codes, 3)[[0, 2]] == pytest.approx([2, 10])
    assert geomean(values, codes, 3)[[0, 2]] == pytest.approx([3**0.5, 10])


@pytest.mark.parametrize("name", STATISTICS)
def test_a_group_without_values_is_nan(name):
    result = STATISTICS[name](np.array([1.0]), np.array([1]), 3)

    assert np.isnan(result[[0, 2]]).all()
    assert result[1] == pytest.approx(1)


@pytest.mark.parametrize("name", STATISTICS)
def test_no_values_at_all(name):
    nothing = np.array([])

    assert np.isnan(STATISTICS[name](nothing, nothing.astype(int), 2)).all()


@given(numbers, numbers, st.floats(0, 1))
def test_quantiles_are_numpys(first, second, share):
    values = np.array([*first, *second])
    codes = np.array([0] * len(first) + [1] * len(second))
    order = np.random.default_rng(0).permutation(len(values))

    quantiles = quantile(share)(values[order], codes[order], 2)

    assert quantiles == pytest.approx([np.quantile(first, share), np.quantile(second, share)])


def test_the_geometric_mean_of_a_zero_is_zero():
    assert geomean(np.array([0.0, 5.0]), np.array([0, 0]), 1) == pytest.approx([0])
