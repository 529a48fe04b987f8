from __future__ import annotations

import pytest

from perflab.analysis.effects.effects import compare
from tests.perflab.analysis.claimed import KEYS, claim, judge
from tests.perflab.analysis.tables import samples_of


def test_a_reduction_is_one_less_the_ratio_and_its_interval_turns_round():
    table = samples_of({"all_off": [[10] * 20] * 3, "all_on": [[1] * 20, [2] * 20, [4] * 20]})

    result = judge(table, claim())

    row = compare(table, "latency_s", "all_off", "all_on").iloc[0]
    low, high = row["low"], row["high"]
    assert result.estimate == pytest.approx(1 - 7 / 30)
    assert (result.low, result.high) == (1 - high, 1 - low)
    assert (result.before, result.after) == pytest.approx((10, 7 / 3))
    assert (result.n, result.rounds, result.unit) == (60, 3, "s")
    assert [*result.as_dict()] == [*KEYS, "reason", "ratio"]
    assert result.ratio is not None
    assert (result.ratio.estimate, result.ratio.low, result.ratio.high) == pytest.approx((7 / 30, low, high))
