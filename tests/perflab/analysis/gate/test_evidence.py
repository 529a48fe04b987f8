"""Standard errors of log ratios: processes within rounds, rounds, and the calibration request."""

from __future__ import annotations

import numpy as np
import pytest

from perflab.analysis.gate.evidence import NOTHING, against_reference, between, of_processes

RNG = np.random.default_rng(7)
MANY = 400
UNKNOWN = np.full(3, np.nan)


def shares(level: float, draw) -> float:
    """The share of intervals that do not hold the truth, 0."""
    missed = 0
    for _ in range(MANY):
        low, high = draw().interval(level)
        missed += not low <= 1 <= high
    return missed / MANY


def processes(cells: int, noise: float = 0.01) -> np.ndarray:
    return RNG.normal(0, noise, (3, cells))


def test_intervals_cover_in_three_rounds():
    variance = np.full(3, 0.01**2)

    def reference():
        pace = RNG.normal(0, 0.01, 3) + RNG.normal(0, 0.01, 3)  # its process, and its requests
        return against_reference(processes(11), pace, variance)

    assert shares(0.9, reference) <= 0.12
    assert shares(0.9, lambda: between(processes(3), processes(2))) <= 0.12
    assert shares(0.9, lambda: of_processes(processes(11))) <= 0.12


def test_what_a_round_shares_cancels():
    drift = np.array([0.5, -0.2, 0.1])
    cells = processes(11)

    shifted = against_reference(cells + drift[:, None], drift, np.zeros(3))
    assert shifted.mean == pytest.approx(cells.mean())
    assert between(cells[:, :3] + drift[:, None], cells[:, 3:] + drift[:, None]).mean == pytest.approx(
        cells[:, :3].mean() - cells[:, 3:].mean()
    )


def test_what_varies_from_round_to_round_counts():
    pace = np.array([0.3, -0.3, 0.0])

    evidence = against_reference(processes(11), pace, np.full(3, 1e-6))
    assert evidence.standard_error > 0.1


def test_with_one_calibration_request_in_a_round_only_rounds_tell():
    evidence = against_reference(processes(11), processes(1)[:, 0], UNKNOWN)

    assert (evidence.freedom, evidence.rounds) == (2, 3)


def test_nothing_known_is_nothing():
    assert against_reference(processes(11), UNKNOWN, UNKNOWN) is NOTHING
    assert between(np.empty((0, 2)), np.empty((0, 2))) is NOTHING
    assert of_processes(np.empty((0, 2))) is NOTHING
