"""Standard errors of log ratios: what processes, Steps and rounds contribute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from perflab.analysis.stats.evidence import NOTHING, Evidence, Part, evidence_of, of_processes, of_steps

RNG = np.random.default_rng(7)
MANY = 400
ROUNDS = np.repeat(np.arange(3), 20)


def missed(draw: Callable[[], Evidence]) -> float:
    """The share of 90% intervals that do not hold the truth, 0."""
    intervals = [draw().interval(0.9) for _ in range(MANY)]
    return sum(not low <= 1 <= high for low, high in intervals) / MANY


def processes(cells: int, noise: float = 0.01) -> Any:
    return RNG.normal(0, noise, (3, cells))


def test_intervals_cover_in_three_rounds_what_processes_vary_by() -> None:
    def draw() -> Evidence:
        values = processes(11)
        return evidence_of(values.mean(axis=1), [of_processes(values)])

    assert missed(draw) <= 0.14


def test_intervals_cover_in_three_rounds_what_steps_vary_by_in_all_cells_at_once() -> None:
    def draw() -> Evidence:
        steps = RNG.normal(0, 0.1, 60)
        return evidence_of(np.bincount(ROUNDS, steps) / 20, [of_steps(steps, ROUNDS)])

    assert missed(draw) <= 0.14


def test_a_part_may_be_one_process_in_each_round() -> None:
    values = processes(11)

    assert of_processes(values, np.ones(3)).variance == pytest.approx(11 * of_processes(values).variance)


def test_what_varies_from_round_to_round_beyond_that_counts() -> None:
    evidence = evidence_of(np.array([0.3, -0.3, 0.0]), [Part(1e-6, 30)])

    assert evidence.standard_error == pytest.approx(0.3 / 3**0.5)


@pytest.mark.parametrize("parts", [[], [Part(float("nan"), 0)], [Part(1e-6, 30), Part(0.0, 0)]])
def test_where_a_part_is_unknown_only_rounds_tell(parts: list[Part]) -> None:
    assert evidence_of(np.array([0.3, -0.3, 0.0]), parts).freedom == 2


def test_too_little_to_tell() -> None:
    assert evidence_of(np.full(3, np.nan), []) is NOTHING
    assert evidence_of(np.array([0.1]), []).interval(0.95) == (0.0, float("inf"))
    assert of_steps(np.full(60, np.nan), ROUNDS).freedom == 0
    assert of_steps(np.zeros(3), np.arange(3)).freedom == 0
