"""Change points: what is told of a series of nights, and of what nothing is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perflab.analysis.history.changes import LEAST, MOST_CORRELATED, PRIOR, change_points, correlation

RNG = np.random.default_rng(4)
QUIET = RNG.normal(0, 0.01, 30).tolist()


def stepped(at: int, ratio: float, nights: int = 30) -> list[float]:
    return [log + (math.log(ratio) if night >= at else 0.0) for night, log in enumerate(QUIET[:nights])]


def test_quiet_nights_have_none_and_few_nights_tell_nothing() -> None:
    assert change_points(QUIET) == []
    assert change_points([]) == change_points([0.0]) == []
    assert change_points([*QUIET[:LEAST], 1.0]) == [], "a night alone"


@pytest.mark.parametrize("ratio", [1.1, 0.9])
def test_a_change_is_told_by_its_third_night_with_its_size(ratio: float) -> None:
    (change,) = change_points(stepped(20, ratio, nights=23))
    assert (change.night, change.until) == (20, 23)
    assert change.low < ratio < change.high and change.ratio == pytest.approx(ratio, rel=0.03)
    (later,) = change_points(stepped(20, ratio))
    assert later.night == 20 and later.until == 30
    assert later.high - later.low < change.high - change.low, "more nights"


def test_a_change_and_its_repair_are_two() -> None:
    logs = [log + (0.1 if 15 <= night < 30 else 0.0) for night, log in enumerate([*QUIET, *QUIET[:15]])]
    first, second = change_points(logs)
    assert (first.night, second.night) == (15, 30) and first.ratio > 1.05 and second.ratio < 0.95


def test_one_night_alone_is_an_outlier() -> None:
    logs = [log + (0.3 if night == 15 else 0.0) for night, log in enumerate(QUIET)]
    assert change_points(logs) == []


def test_a_change_beside_a_change_of_machine_says_so() -> None:
    machines = ["a"] * 20 + ["b"] * 10
    (change,) = change_points(stepped(20, 1.1), machines)
    assert change.other_machine
    (change,) = change_points(stepped(15, 1.1), machines)
    assert not change.other_machine


def test_the_next_release_begins_anew_and_hides_no_later_change() -> None:
    bases = ["1.0"] * 12 + ["1.1"] * 18
    against = [log - (0.1 if night >= 12 else 0.0) for night, log in enumerate(QUIET)]
    assert change_points(against, bases=bases) == []
    assert [change.night for change in change_points(against)] == [12], "without its bases"
    changed = [log + (0.1 if night >= 20 else 0.0) for night, log in enumerate(against)]
    assert [change.night for change in change_points(changed, bases=bases)] == [20]
    assert change_points(QUIET, bases=[str(night) for night in range(30)]) == [], "each night against another one"


def test_nights_that_are_all_alike_are_no_certainty() -> None:
    assert change_points([0.5] * 30) == []
    (change,) = change_points([0.0] * 15 + [0.1] * 15)
    assert change.night == 15


def test_a_night_that_sticks_out_does_not_hide_a_later_change() -> None:
    logs = [log + (0.3 if night == 10 else 0.0) for night, log in enumerate(stepped(24, 1.1))]
    assert [change.night for change in change_points(logs)] == [24]


def test_a_change_that_is_taken_back_after_a_few_nights_is_told_both_times() -> None:
    logs = [log + (0.1 if 15 <= night < 19 else 0.0) for night, log in enumerate(QUIET)]
    assert [change.night for change in change_points(logs)] == [15, 19]


def test_machines_that_take_turns_do_not_hide_a_change() -> None:
    machines = ["ab"[night % 2] for night in range(30)]
    shifted = [
        log + (0.03 if machine == "b" else 0.0) for log, machine in zip(stepped(22, 1.08), machines, strict=True)
    ]
    assert [change.night for change in change_points(shifted, machines)] == [22]


def test_correlation_is_that_of_successive_nights() -> None:
    logs = [0.0]
    for innovation in RNG.normal(0, 1, 3000):
        logs.append(0.3 * logs[-1] + innovation)
    assert correlation(np.array(logs)) == pytest.approx(0.3, abs=0.06)
    assert correlation(RNG.normal(0, 1, 3000)) < 0.06
    assert correlation(np.arange(100.0) - 49.5) == MOST_CORRELATED
    assert correlation(np.array([1.0, -1.0])) == PRIOR, "too few nights"
