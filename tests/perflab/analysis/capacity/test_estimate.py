"""Capacity from windows of load, on servers whose truth is known."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.capacity.estimate import FACTORS, CellLoad, interval, loads, online
from perflab.analysis.capacity.outcomes import MAX_LAG_S, lags
from perflab.analysis.capacity.queue import LongRun
from perflab.run.tables.capacity import FAR, OVERLOAD, RECOVERY, SETTLE
from tests.perflab.analysis.capacity.loaded import PARTS, QUESTION, Server, load_test

TRUE, LONGER = Server(), Server(factor=1.3, rates=(45.0, 55.0, 65.0))
ROUNDS = [1, 2, 3, 4]


@cache
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    return load_test({"all_off": LONGER, "all_on": TRUE})


@cache
def cells() -> dict[str, CellLoad]:
    return loads(*tables(), QUESTION)


def of_rounds(*numbers: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of these rounds of all_on alone."""
    windows, requests = (
        table[table["round"].isin(numbers).to_numpy(bool) & (table["cell"] == "all_on").to_numpy(bool)].copy()
        for table in tables()
    )
    return windows, requests


@cache
def truth(factor: float) -> float:
    """The capacity of the server, from many demands that no window saw."""
    demands = factor * Server().demands(20_000, np.random.default_rng(99))
    run = LongRun(demands, QUESTION.slots, QUESTION.cores, seed=5, queues=150)
    return run.capacity(QUESTION.within_s, QUESTION.late_share)


def test_a_system_that_is_its_queue_departs_from_it_by_nothing() -> None:
    assert cells()["all_on"].factor(ROUNDS) == pytest.approx(1.0, abs=0.005)


def test_a_system_that_takes_longer_than_its_demands_say_is_noticed() -> None:
    assert cells()["all_off"].factor(ROUNDS) == pytest.approx(1.3, rel=0.03)


def test_without_a_departure_the_queue_makes_as_many_requests_late_as_there_were() -> None:
    load = cells()["all_on"]
    assert (
        load.modelled.shape == (12, len(FACTORS))
        and load.modelled[:, FACTORS.tolist().index(1.0)].tolist() == load.late.tolist()
    )
    assert load.counts.tolist() == [8 * rate for rate in TRUE.rates] * 4
    assert (np.diff(load.modelled.sum(axis=0)) >= 0).all(), "longer demands make more of them late"


@pytest.mark.parametrize(("cell", "factor"), [("all_on", 1.0), ("all_off", 1.3)])
def test_capacity_is_that_of_the_long_run_of_the_true_demands(cell: str, factor: float) -> None:
    load = cells()[cell]
    assert load.capacity(ROUNDS) == pytest.approx(truth(factor), rel=0.05)
    estimate = interval(load.pseudo_values, 0.95)
    assert estimate.low is not None and estimate.high is not None
    assert 0.9 * estimate.low < truth(factor) < 1.1 * estimate.high and estimate.high / estimate.low < 1.5


def test_without_the_correction_capacity_is_that_of_the_demands() -> None:
    load = cells()["all_off"]
    assert load.capacity(ROUNDS, 1.0) == pytest.approx(truth(1.0), rel=0.05)
    assert load.capacity(ROUNDS) < 0.85 * load.capacity(ROUNDS, 1.0)


def test_pseudo_values_are_those_of_a_jackknife() -> None:
    load = cells()["all_on"]
    without = [math.log(load.capacity([r for r in ROUNDS if r != number])) for number in ROUNDS]
    expected = 4 * math.log(load.capacity(ROUNDS)) - 3 * np.array(without)
    assert load.pseudo_values == pytest.approx(expected) and len(set(expected)) == 4


def test_the_same_rounds_are_simulated_once() -> None:
    load = cells()["all_on"]
    assert load.long_run([1, 2]) is load.long_run([2, 1]) and load.long_run([1, 2]) is not load.long_run([1, 3])


# -- what counts ---------------------------------------------------------------------------------------------------


def test_a_window_in_which_the_generator_lagged_is_left_out() -> None:
    windows, requests = of_rounds(1, 2, 3, 4)
    late_start = (requests["round"] == 2) & (requests["window"] == 1)
    requests.loc[late_start, "sent_s"] += 2 * MAX_LAG_S
    assert (lags(requests) > MAX_LAG_S).sum() == 1
    load = loads(windows, requests, QUESTION)["all_on"]
    assert len(load.windows) == 11 == len(load.late) and load.counts.sum() == len(load.requests)
    assert not ((load.requests["round"] == 2) & (load.requests["window"] == 1)).any()


def test_a_few_requests_that_are_sent_late_are_no_lag() -> None:
    requests = of_rounds(1)[1]
    requests.loc[requests["step"] < 3, "sent_s"] += 1.0
    assert (lags(requests) < MAX_LAG_S).all(), "three of hundreds"


@pytest.mark.parametrize("kind", [SETTLE, FAR, OVERLOAD, RECOVERY])
def test_only_windows_close_to_capacity_count(kind: str) -> None:
    windows, requests = of_rounds(1, 2, 3)
    windows.loc[windows["window"] == 0, "kind"] = kind
    load = loads(windows, requests, QUESTION)["all_on"]
    assert load.windows["window"].unique().tolist() == [1, 2] and set(load.requests["window"]) == {1, 2}
    assert loads(windows.assign(kind=kind), requests, QUESTION) == {}


def test_windows_far_from_a_first_estimate_are_left_out_unless_there_are_no_others() -> None:
    server = Server(rates=(30.0, 75.0, 85.0))
    load = loads(*load_test({"all_on": server}, rounds=3), QUESTION)["all_on"]
    assert load.windows["rate_per_s"].unique().tolist() == [75.0, 85.0]
    only = Server(rates=(30.0,))
    assert len(loads(*load_test({"all_on": only}, rounds=3), QUESTION)["all_on"].windows) == 3


def test_the_order_of_windows_does_not_matter() -> None:
    windows, requests = of_rounds(1, 2, 3)
    load = loads(windows, requests, QUESTION)["all_on"]
    mixed = loads(windows.iloc[::-1], requests.sample(frac=1, random_state=1), QUESTION)["all_on"]
    assert (
        mixed.windows[["round", "window"]].to_numpy().tolist() == load.windows[["round", "window"]].to_numpy().tolist()
    )
    assert mixed.late.tolist() == load.late.tolist() and mixed.counts.tolist() == load.counts.tolist()


def test_where_no_demand_is_known_there_is_no_estimate() -> None:
    windows, requests = of_rounds(1, 2, 3)
    assert loads(windows.assign(**dict.fromkeys(PARTS, np.nan)), requests, QUESTION) == {}
    assert loads(windows.iloc[:0], requests.iloc[:0], QUESTION) == {}


def test_failed_requests_lower_capacity() -> None:
    windows, requests = of_rounds(1, 2, 3)
    before = loads(windows, requests, QUESTION)["all_on"]
    requests.loc[requests["step"] % 20 == 0, "status"] = 500
    after = loads(windows, requests, QUESTION)["all_on"]
    assert (after.late > before.late).all()
    assert after.factor([1, 2, 3]) > 1.01 and after.capacity([1, 2, 3]) < 0.99 * before.capacity([1, 2, 3])


# -- intervals and rounds ------------------------------------------------------------------------------------------


def test_an_interval_is_students() -> None:
    """Of three values, t is 4.303 for 95% and 2.920 for 90%; the standard error is 0.1 / sqrt(3)."""
    values = np.log(50) + np.array([-0.1, 0.0, 0.1])
    for confidence, quantile in ((0.95, 4.303), (0.9, 2.920)):
        estimate, half = interval(values, confidence), quantile * 0.1 / math.sqrt(3)
        assert estimate.estimate == pytest.approx(50)
        assert (estimate.low, estimate.high) == pytest.approx((50 * math.exp(-half), 50 * math.exp(half)), rel=1e-3)


def test_fewer_than_three_rounds_have_no_interval() -> None:
    estimate = interval(np.log([40.0, 90.0]), 0.95)
    assert estimate.estimate == pytest.approx(60) and estimate.low is estimate.high is None


@pytest.mark.parametrize("numbers", [(2,), (1, 3)])
def test_a_load_test_that_ended_early_has_an_estimate_all_the_same(numbers: tuple[int, ...]) -> None:
    load = loads(*of_rounds(*numbers), QUESTION)["all_on"]
    estimate = interval(load.pseudo_values, 0.95)
    assert estimate.estimate == pytest.approx(truth(1.0), rel=0.1) and estimate.low is None


def test_within_some_rounds_it_is_the_load_test_of_these_alone() -> None:
    load = cells()["all_on"]
    assert load.within([1, 2, 3, 4, 5]) is load
    part = load.within([1, 3])
    assert part.rounds == [1, 3] and len(part.windows) == 6 and set(part.requests["round"]) == {1, 3}
    assert part.late.tolist() == [*load.late[:3], *load.late[6:9]]
    assert load.rounds == ROUNDS, "the whole stays as it is"


def test_a_first_estimate_while_rounds_are_played() -> None:
    """From rows as they are written, without the replay's samples."""
    windows, requests = of_rounds(1)
    rows: dict[str, Any] = {"windows": windows.to_dict("records"), "requests": requests.to_dict("records")}
    (estimate,) = online(**rows, question=QUESTION).values()
    assert estimate == pytest.approx(truth(1.0), rel=0.1)


def test_an_interval_lies_around_the_estimate_and_not_around_the_mean_of_what_is_left() -> None:
    values = np.log([90.0, 100.0, 125.0])
    around = interval(values, 0.95, math.log(110.0))
    assert around.estimate == pytest.approx(110.0)
    assert around.low is not None and around.high is not None
    assert around.high / 110 == pytest.approx(110 / around.low)
    assert interval(values, 0.95).estimate == pytest.approx(math.exp(values.mean()))
