"""Which windows a round has, and that both cells are asked for the same."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import count, pairwise

import pytest

from perflab.experiment.capacity import plan
from perflab.experiment.capacity.plan import (
    FAR_SHARES,
    NEAR_SHARES,
    Segments,
    Window,
    moved,
    overload,
    rounds_of,
    window_s,
    windows,
)
from perflab.run.tables.capacity import FAR, NEAR, OVERLOAD, RECOVERY, SETTLE
from perflab.scenario.capacity import Capacity
from perflab.workload.steps import Block
from tests.perflab.steps import step_of

GUESSES = {"all_off": 20.0, "all_on": 80.0}
CAPACITY = Capacity()


def planned(number: int = 1, seconds: float = 60.0, seed: int = 1, guesses: dict[str, float] = GUESSES) -> list[Window]:
    return windows(CAPACITY, number, guesses, seconds, random.Random(seed))


def kinds(windows: list[Window], cell: str) -> Counter[str]:
    return Counter(window.kind for window in windows if window.cell == cell)


# -- how long a window is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percentile", "rate_per_s", "seconds"),
    [(95, 10, 6.0), (95, 1000, plan.SHORTEST_S), (95, 1, plan.LONGEST_S), (99, 30, 10.0), (50, 1, 6.0)],
)
def test_a_window_is_long_enough_for_the_percentile_and_no_longer_than_that(
    percentile: float, rate_per_s: float, seconds: float
) -> None:
    capacity = Capacity.model_validate({"objective": {"percentile": percentile}})
    assert window_s(capacity, rate_per_s) == pytest.approx(seconds)


# -- the windows of a round ------------------------------------------------------------------------------------------


def test_every_cell_settles_before_anything_else_and_briefly() -> None:
    for number in (1, 2):
        own = planned(number)
        assert [(window.cell, window.kind) for window in own[:2]] == [("all_off", SETTLE), ("all_on", SETTLE)]
        assert SETTLE not in {window.kind for window in own[2:]}
        for window in own[:2]:
            assert window.rate_per_s == plan.SETTLE_SHARE * GUESSES[window.cell]
            assert window.seconds <= plan.SETTLE_AT_MOST_S
            assert window.rate_per_s * window.seconds <= plan.SETTLE_REQUESTS + 1e-9


def test_windows_are_numbered_as_they_come() -> None:
    own = planned()
    assert [window.number for window in own] == list(range(len(own)))


def test_only_the_first_round_looks_far_from_capacity() -> None:
    first, later = planned(1), planned(2)
    for cell, guess in GUESSES.items():
        far = sorted(window.rate_per_s for window in first if window.cell == cell and window.kind == FAR)
        assert far == sorted(guess * share for share in FAR_SHARES)
        assert kinds(later, cell)[FAR] == 0


def test_near_windows_fill_the_time_at_rates_around_capacity() -> None:
    for number, seconds in ((1, 100.0), (2, 60.0), (3, 90.0)):
        own = planned(number, seconds)
        for cell, guess in GUESSES.items():
            near = [window for window in own if window.cell == cell and window.kind == NEAR]
            shares = {round(window.rate_per_s / guess, 6) for window in near}
            assert shares <= set(NEAR_SHARES)
            spent = sum(window.seconds for window in own if window.cell == cell and window.kind != SETTLE)
            assert abs(spent - seconds / 2) <= near[0].seconds / 2 + 1e-9


def test_rounds_take_turns_with_the_rates() -> None:
    rates = [
        {window.rate_per_s for window in planned(number, 6.0) if window.cell == "all_off" and window.kind == NEAR}
        for number in (2, 3, 4)
    ]
    assert all(len(each) == 1 for each in rates)
    assert len(set().union(*rates)) == 3


def test_a_cell_has_a_window_however_short_the_time_is() -> None:
    own = planned(2, 0.5)
    assert [kinds(own, cell)[NEAR] for cell in GUESSES] == [1, 1]


def test_the_order_is_the_seeds() -> None:
    assert planned(seed=1) == planned(seed=1)
    orders = {tuple((window.cell, window.rate_per_s) for window in planned(seed=seed)) for seed in range(5)}
    assert len(orders) > 1
    for order in orders:
        assert sorted(order) == sorted((window.cell, window.rate_per_s) for window in planned())


def test_cells_share_segments_and_a_cell_has_each_of_them_once() -> None:
    own = planned(1, 120.0, guesses={"all_off": 20.0, "all_on": 20.0})
    segments = {cell: [(w.segment, w.kind, w.rate_per_s) for w in own if w.cell == cell] for cell in GUESSES}
    assert sorted(segments["all_off"]) == sorted(segments["all_on"])
    numbers = [segment for segment, _, _ in segments["all_off"]]
    assert sorted(numbers) == list(range(len(numbers)))


def test_beyond_capacity_comes_last_and_then_a_rest_on_traffic_of_their_own() -> None:
    own = overload(CAPACITY, GUESSES, 11, 7)
    assert [(window.number, window.cell, window.kind, window.segment) for window in own] == [
        (11, "all_off", OVERLOAD, 7), (12, "all_off", RECOVERY, 8), (13, "all_on", OVERLOAD, 7), (14, "all_on", RECOVERY, 8),
    ]  # fmt: skip
    for window in own:
        share = plan.OVERLOAD_SHARE if window.kind == OVERLOAD else plan.SETTLE_SHARE
        assert window.rate_per_s == GUESSES[window.cell] * share
        assert window.seconds == window_s(CAPACITY, GUESSES[window.cell])


# -- their traffic ---------------------------------------------------------------------------------------------------


def traffic(rate_per_s: float = 10.0) -> list[Block]:
    """Blocks of ten requests, at odd times with a mean gap of 1 / rate, which begin late."""
    rng, at_s, numbers = random.Random(3), 1000.0, count()
    blocks = []
    for block in range(400):
        steps = []
        for _ in range(10):
            at_s += rng.expovariate(rate_per_s)
            steps.append(step_of(f"/{block}/", next(numbers), at_s=at_s, block=block))
        blocks.append(tuple(steps))
    return blocks


def test_windows_of_a_segment_ask_for_the_same_at_times_scaled_by_their_rates() -> None:
    slow, fast = Window(0, "all_off", NEAR, 20.0, 6.0, 3), Window(1, "all_on", NEAR, 80.0, 1.5, 3)
    segments = Segments(traffic(), 10.0, [slow, fast])
    slower, faster = segments.of(slow), segments.of(fast)
    assert [timed.step for timed in slower] == [timed.step for timed in faster]
    assert [timed.at_s for timed in slower] == pytest.approx([4 * timed.at_s for timed in faster])
    assert slower[0].at_s == 0.0 and slower[-1].at_s < slow.seconds and faster[-1].at_s < fast.seconds
    assert [timed.at_s for timed in slower] == sorted(timed.at_s for timed in slower)
    gaps = [(b.step.at_s - a.step.at_s) * 10 / 20 for a, b in pairwise(slower)]
    assert [b.at_s - a.at_s for a, b in pairwise(slower)] == pytest.approx(gaps)
    assert 80 < len(slower) < 170, "20 a second for 6 seconds"


def test_a_shorter_window_has_the_beginning_of_its_segment() -> None:
    long = Window(0, "all_off", NEAR, 20.0, 6.0, 0)
    short = replace(long, number=1, cell="all_on", seconds=3.0)
    segments = Segments(traffic(), 10.0, [short, long])
    whole, part = segments.of(long), segments.of(short)
    assert 0 < len(part) < len(whole)
    assert part == whole[: len(part)]
    assert whole[len(part)].at_s >= 3.0


def test_segments_follow_each_other_in_the_traffic_whatever_the_order_of_windows_is() -> None:
    later, first = Window(0, "all_off", NEAR, 20.0, 3.0, 1), Window(1, "all_off", NEAR, 30.0, 3.0, 0)
    segments = Segments(traffic(), 10.0, [later, first])
    before = [timed.step.step for timed in segments.of(first)]
    after = [timed.step.step for timed in segments.of(later)]
    assert before == list(range(len(before)))
    assert before[-1] < after[0] and after == list(range(after[0], after[0] + len(after)))
    assert segments.of(later)[0].at_s == 0.0


def test_the_steps_of_some_windows_are_each_there_once_in_their_order() -> None:
    first, same, other = (Window(n, "all_off", NEAR, 20.0, 3.0, segment) for n, segment in enumerate((1, 1, 0)))
    segments = Segments(traffic(), 10.0, [first, same, other])
    steps = segments.steps([first, same, other])
    assert [step.step for step in steps] == sorted({step.step for step in steps})
    assert len(steps) == len(segments.of(first)) + len(segments.of(other))
    assert segments.steps([]) == []


# -- from round to round ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimate", "guess"),
    [
        (100.0, 100.0), (130.0, 130.0), (80.0, 80.0),
        (1e9, 100.0 * plan.MAX_STEP_UP), (1e-9, 100.0 / plan.MAX_STEP_DOWN),
    ],
)  # fmt: skip
def test_a_guess_moves_towards_what_a_round_showed_but_not_too_far(estimate: float, guess: float) -> None:
    assert moved(100.0, estimate) == pytest.approx(guess)


def test_it_goes_down_faster_than_up() -> None:
    """Where everything is late, nobody knows by how much."""
    assert 1 < plan.MAX_STEP_UP < plan.MAX_STEP_DOWN


def test_little_time_means_fewer_rounds_and_two_windows_of_each_cell_in_each() -> None:
    capacity = Capacity(cells=["all_off", "all_on", "twin"], rounds=6)
    assert [rounds_of(capacity, seconds) for seconds in (600.0, 108.0, 90.0, 10.0)] == [6, 6, 5, 3]
