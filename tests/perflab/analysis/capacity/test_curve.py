"""Capacity from the windows alone."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.capacity.curve import from_windows
from perflab.analysis.capacity.estimate import CellLoad, loads
from perflab.run.tables.capacity import CAPACITY_WINDOWS
from tests.perflab.analysis.capacity.loaded import QUESTION, Server, load_test

# Of the curve: where half of the requests are late, and how steep it is.
HALF, SLOPE = 100.0, 12.0
RATES = (60.0, 80.0, 95.0, 110.0)


def share(rate_per_s: float, half: float = HALF) -> float:
    return float(1 / (1 + (rate_per_s / half) ** -SLOPE))


def load_of(shares: dict[tuple[int, float], float], count: int = 1000) -> CellLoad:
    """A cell whose window of each (round, rate) has this share of late requests."""
    rows = [
        {"round": number, "window": n, "cell": "all_on", "rate_per_s": rate_per_s}
        for n, (number, rate_per_s) in enumerate(shares)
    ]
    late = [np.arange(count) < round(part * count) for part in shares.values()]
    requests = pd.DataFrame(
        {
            "round": np.repeat([row["round"] for row in rows], count),
            "window": np.repeat([row["window"] for row in rows], count),
            "intended_s": 0.0,
            "last_byte_s": np.where(np.concatenate(late), 1.0, 0.01),
            "status": 200,
        }
    )  # fmt: skip
    return CellLoad(QUESTION, CAPACITY_WINDOWS.frame(rows), requests)


def curve(*halves: float) -> dict[tuple[int, float], float]:
    """The shares of rounds whose curves have their middle at these rates."""
    return {(number, rate): share(rate, half) for number, half in enumerate(halves, 1) for rate in RATES}


def test_the_threshold_of_a_curve_is_recovered_with_its_interval() -> None:
    """Where 5% are late: 19 times the odds below the middle."""
    expected = HALF * 19 ** (-1 / SLOPE)
    assert share(expected) == pytest.approx(0.05)
    estimate = from_windows(load_of(curve(HALF, 0.97 * HALF, HALF / 0.97)), 0.95)
    assert estimate is not None and estimate.low is not None and estimate.high is not None
    assert estimate.estimate == pytest.approx(expected, rel=0.01)
    half = 4.303 * -math.log(0.97) / math.sqrt(3)
    assert math.log(estimate.high / estimate.low) / 2 == pytest.approx(half, rel=0.05)


def test_equal_rounds_have_a_narrow_interval_and_two_of_them_none() -> None:
    equal = from_windows(load_of(curve(HALF, HALF, HALF)), 0.95)
    assert equal is not None and equal.low == pytest.approx(equal.high)
    two = from_windows(load_of(curve(HALF, HALF)), 0.95)
    assert two is not None and two.low is None and two.estimate == pytest.approx(equal.estimate, rel=1e-3)


@pytest.mark.parametrize("part", [0.0, 1.0])
def test_late_requests_that_are_too_few_or_too_many_make_no_curve(part: float) -> None:
    assert from_windows(load_of(dict.fromkeys(curve(HALF, HALF), part)), 0.95) is None


def test_where_late_requests_do_not_depend_on_the_rate_there_is_no_threshold() -> None:
    assert from_windows(load_of(dict.fromkeys(curve(HALF, HALF), 0.2)), 0.95) is None
    falling = {(number, rate): share(rate) for number, rate in curve(HALF)}
    turned = dict(zip(falling, reversed(falling.values()), strict=True))
    assert from_windows(load_of(turned), 0.95) is None


def test_a_window_without_requests_makes_no_curve() -> None:
    load = load_of(curve(HALF, HALF))
    few = load.requests[load.requests["window"] != 3]
    assert from_windows(CellLoad(QUESTION, load.windows, few), 0.95) is None


def test_it_agrees_with_the_queue_where_the_system_is_the_queue() -> None:
    rates = (66.0, 74.0, 82.0, 90.0)
    load = loads(*load_test({"all_on": Server(rates=rates)}, rounds=3), QUESTION)["all_on"]
    estimate = from_windows(load, 0.95)
    assert estimate is not None and estimate.estimate == pytest.approx(load.capacity(load.rounds), rel=0.15)
