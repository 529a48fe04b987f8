"""Looking for the commit that changed a figure, with noise and without."""

from __future__ import annotations

import numpy as np
import pytest

from perflab.analysis.searching import Look, Search, suspects

COMMITS = [f"c{number:02}" for number in range(20)]


def searched(culprit: int, change: float, error: float, seed: int, sure: float = 0.95) -> tuple[str, float, int]:
    """The commit that a search names, how sure it is, and how many looks it took."""
    rng = np.random.default_rng(seed)

    def look(place: int) -> Look:
        noise = error * rng.standard_t(7) if error else 0.0
        return Look((change if place >= culprit else 0.0) + noise, error, 8)

    search = Search(COMMITS, look(len(COMMITS) - 1))
    looks = 0
    while search.best[1] < sure and looks < 24 and (commit := search.next()) is not None:
        search.add(commit, look(COMMITS.index(commit)))
        looks += 1
    return *search.best, looks


@pytest.mark.parametrize("culprit", range(20))
def test_without_noise_it_is_a_bisection(culprit: int) -> None:
    commit, probability, looks = searched(culprit, 0.4, 0.0, 1)
    assert (commit, probability > 0.99) == (COMMITS[culprit], True)
    assert looks <= 5, "as many as halve twenty to one"


def test_with_noise_it_names_the_right_one_about_as_often_as_it_says() -> None:
    """A change of 5% that a duel sees with an error of 1.5%, from 400 searches."""
    results = [searched(number % 20, 0.05, 0.015, number) for number in range(400)]
    right = [commit == COMMITS[number % 20] for number, (commit, _, _) in enumerate(results)]
    assert np.mean(right) >= 0.93
    assert np.mean([looks for _, _, looks in results]) <= 9


def test_a_look_that_contradicts_the_others_makes_it_look_again() -> None:
    search = Search(COMMITS, Look(0.05, 0.005, 8))
    search.add("c09", Look(0.05, 0.01, 8))
    before = search.best[1]
    search.add("c09", Look(0.0, 0.01, 8))
    assert search.best[1] < before + 0.05 and 0.3 < search.probability[:10].sum() < 0.7


@pytest.mark.parametrize("log_ratio", [2.0, -2.0])
def test_a_commit_that_is_far_from_both_tells_nothing(log_ratio: float) -> None:
    """As where a mistake of the first half is mended in the second: neither density is above 0 in floating point."""
    search = Search(COMMITS, Look(0.0001, 0.0, 60))
    search.add("c09", Look(log_ratio, 0.0, 60))
    assert search.probability.sum() == pytest.approx(1) and search.probability[0] == pytest.approx(1 / 20, rel=0.1)


def test_looks_without_error_can_contradict_each_other() -> None:
    search = Search(COMMITS, Look(0.5, 0.0, 60))
    for number in range(24):
        search.add("c09", Look(0.5 * (number % 2), 0.0, 60))
    assert search.probability.sum() == pytest.approx(1)


def test_a_commit_that_cannot_be_measured_is_left_out() -> None:
    search = Search(COMMITS[:2], Look(0.5, 0.0, 8), skipped={"c00"})
    assert search.next() is None
    assert list(suspects(search, 0.95)) == ["c00", "c01"]


def test_one_commit_needs_no_look() -> None:
    search = Search(["only"], Look(0.5, 0.1, 8))
    assert search.best == ("only", 1.0) and search.next() is None
    assert list(suspects(search, 0.95)) == ["only"]
