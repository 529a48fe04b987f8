from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.perflab.analysis.claimed import KEYS, claim, judge
from tests.perflab.analysis.tables import samples_of


def test_a_reduction_is_one_less_the_ratio_and_its_interval_turns_round():
    table = samples_of({"all_off": [[10], [10], [10]], "all_on": [[1], [2], [4]]})

    result = judge(table, claim())

    low, high = stats.t.interval(0.95, 2, loc=np.log([0.1, 0.2, 0.4]).mean(), scale=stats.sem(np.log([0.1, 0.2, 0.4])))
    assert result.estimate == pytest.approx(0.8)
    assert (result.low, result.high) == pytest.approx((1 - np.exp(high), 1 - np.exp(low)))
    assert (result.before, result.after) == pytest.approx((10, 7 / 3))
    assert (result.n, result.rounds, result.unit) == (3, 3, "s")
    assert [*result.as_dict()] == [*KEYS, "reason", "ratio"]
    assert result.ratio is not None
    assert (result.ratio.estimate, result.ratio.low, result.ratio.high) == pytest.approx(
        (0.2, np.exp(low), np.exp(high))
    )
