"""Days before and after a deployment: what is subtracted, what has an interval, and how wide it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from perflab.analysis.confirm.days import ASSUMED, Estimate, changes, correlation_of, moved, total


def test_a_common_shift_is_taken_out() -> None:
    shift = {0: 0.3, 1: -0.2, 2: 0.1, 10: 0.9, 11: 0.5, 12: 0.7}
    noise = {0: 0.01, 1: -0.02, 2: 0.015, 10: 0.0, 11: 0.02, 12: -0.01}
    series = {day: value + noise[day] + (math.log(0.6) if day >= 10 else 0) for day, value in shift.items()}
    before = {"list": {d: v for d, v in series.items() if d < 10}, "help": {d: v for d, v in shift.items() if d < 10}}
    after = {"list": {d: v for d, v in series.items() if d >= 10}, "help": {d: v for d, v in shift.items() if d >= 10}}
    seen = changes(before, after, ["help"])
    assert set(seen) == {"list"} and seen["list"] is not None
    assert seen["list"].ratio == pytest.approx(0.6, rel=0.02)
    interval = seen["list"].interval()
    assert interval is not None and interval[0] < 0.6 < interval[1]
    of_controls = moved(before, after, ["help"])
    assert of_controls is not None and of_controls.log == pytest.approx(0.7 - 0.2 / 3)
    assert moved(before, after, []) is None


def test_a_day_counts_only_with_all_controls() -> None:
    full = {day: float(day % 3) for day in range(5)}
    seen = changes({"a": full, "b": full, "c": {1: 0.0, 3: 0.0}}, {"a": full, "b": full, "c": full}, ["b", "c"])
    assert seen["a"] is not None and seen["a"].days == (2, 5)
    assert seen["a"].interval() is None, "two days have no interval"


def test_nothing_is_known_of_an_endpoint_that_one_side_lacks() -> None:
    assert changes({"a": {1: 0.0}}, {"b": {2: 0.0}}) == {"a": None, "b": None}


def test_independent_days_have_welchs_interval() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 40), rng.normal(0, 3, 20)
    # every other day: none follows another, so that nothing is known of how they depend
    before, after = ({2 * day: float(value) for day, value in enumerate(side)} for side in (a, b))
    estimate = changes({"x": before}, {"x": after})["x"]
    assert estimate is not None and estimate.error is not None and estimate.freedom is not None
    inflation = (1 + ASSUMED) / (1 - ASSUMED)
    welch = stats.ttest_ind(b, a, equal_var=False)
    assert estimate.log / estimate.error * math.sqrt(inflation) == pytest.approx(welch.statistic)
    assert estimate.freedom < welch.df, "days that depend on each other count as fewer"


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_the_correlation_of_days_is_estimated(correlation: float) -> None:
    rng = np.random.default_rng(5)
    series = []
    for _ in range(300):
        values = [rng.normal()]
        for _ in range(13):
            values.append(correlation * values[-1] + math.sqrt(1 - correlation**2) * rng.normal())
        series.append({day: float(value) for day, value in enumerate(values)})
    # the correction for short series goes a little too far where days depend on each other: intervals are rather too wide
    assert correlation - 0.05 < correlation_of(series) < correlation + 0.1


def test_days_that_do_not_differ_are_no_certainty() -> None:
    same = dict.fromkeys(range(7), 1.0)
    estimate = changes({"x": same}, {"x": dict.fromkeys(range(10, 17), 2.0)})["x"]
    assert estimate is not None and estimate.interval() is None


def test_the_errors_of_a_sum_add_up() -> None:
    made = total(Estimate(1.0, 3.0, 10.0, (7, 8)), Estimate(-0.5, 4.0, 10.0))
    assert (made.log, made.error, made.days) == (0.5, 5.0, (7, 8))
    assert made.freedom == pytest.approx(625 / (81 / 10 + 256 / 10))
    assert total(Estimate(1.0, 3.0, 10.0), Estimate(1.0, None, None)).interval() is None
