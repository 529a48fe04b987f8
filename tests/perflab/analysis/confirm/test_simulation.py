"""How often the verdicts are right, on simulated days whose truth is known: autocorrelated, with a common shift of load.

A few hundred deployments, in seconds. The power is printed (`pytest -s`), and wide bounds are asserted.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from perflab.analysis.confirm.agreement import LEVEL, agreements
from perflab.analysis.confirm.days import Estimate, changes
from perflab.analysis.stats.pairs import Floats

ENDPOINTS = ("list", "detail", "search")
CONTROLS = ("login", "help")
GAIN = math.log(0.62)
# Errors of a run's prediction, and of its rounds.
ERROR, ROUNDS = 0.02, 8
SIMULATED = 400


def days(rng: np.random.Generator, number: int, correlation: float, spread: float) -> Floats:
    """Normal values by day of which each depends on the one before (AR(1)), with this deviation."""
    values = np.empty(number)
    values[0] = rng.normal(0, spread)
    for day in range(1, number):
        values[day] = correlation * values[day - 1] + rng.normal(0, spread * math.sqrt(1 - correlation**2))
    return values


def verdicts(
    seed: int, number: int, correlation: float, wrong_by: float = 0.0, *, controls: tuple[str, ...] = CONTROLS
) -> list[str]:
    """The verdicts of one simulated deployment, whose gains differ from the predicted one by a logarithm."""
    rng = np.random.default_rng(seed)
    shift = rng.normal(0.1, 0.1)  # another load after the deployment, which the controls have, too
    periods: list[dict[str, dict[int, float]]] = []
    for after in (False, True):
        common = days(rng, number, 0.7, 0.1) + shift * after
        periods.append({})
        for name in (*ENDPOINTS, *CONTROLS):
            gain = 0.0 if name in CONTROLS or not after else GAIN + wrong_by
            values = common + gain + days(rng, number, correlation, 0.04)
            periods[-1][name] = {100 * after + day: float(value) for day, value in enumerate(values)}
    seen = changes(periods[0], periods[1], controls)
    error = ERROR * math.sqrt(rng.chisquare(ROUNDS - 1) / (ROUNDS - 1))
    pairs = {
        name: (Estimate(GAIN + rng.normal(0, ERROR), error, ROUNDS - 1), estimate)
        for name in ENDPOINTS
        if (estimate := seen[name]) is not None
    }
    return [agreement.verdict for agreement in agreements(pairs).values()]


def share_of_false(number: int, correlation: float) -> float:
    """How many deployments have any false `disagrees`."""
    return float(np.mean(["disagrees" in verdicts(seed, number, correlation) for seed in range(SIMULATED)]))


@pytest.mark.parametrize("number", [3, 7, 14])
@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_a_right_prediction_is_seldom_called_wrong(number: int, correlation: float) -> None:
    share = share_of_false(number, correlation)
    print(f"{number} days, correlation {correlation}: {share:.1%} have a false `disagrees`")
    # 5% and three standard errors of the simulation
    assert share <= LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / SIMULATED)


def test_a_wrong_prediction_is_found() -> None:
    """The gain is half of what was predicted."""
    power = {
        number: float(np.mean(["disagrees" in verdicts(seed, number, 0.2, -GAIN / 2) for seed in range(100)]))
        for number in (3, 7, 14)
    }
    print("power to find half of the predicted gain:", {number: f"{share:.0%}" for number, share in power.items()})
    assert power[7] > 0.8 and power[14] > 0.95


def test_a_right_prediction_mostly_agrees() -> None:
    agree = np.mean([verdict == "agrees" for seed in range(100) for verdict in verdicts(seed, 7, 0.2)])
    print(f"a right prediction agrees: {agree:.0%}")
    assert agree > 0.8


def test_without_controls_the_load_is_taken_for_a_mistake() -> None:
    """What the controls are for: the same deployments, with nothing taken out."""
    wrong = np.mean(["disagrees" in verdicts(seed, 7, 0.0, controls=()) for seed in range(100)])
    assert wrong > 0.1
