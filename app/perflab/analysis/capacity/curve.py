"""Capacity from the windows alone: a logistic curve of the share of late requests against the log rate."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize

from perflab.analysis.capacity.estimate import CellLoad, interval
from perflab.run.records import Estimate

Floats = npt.NDArray[np.float64]
# Of the logistic curve: with a flatter one, ten times the rate makes no more than ten times as many requests late.
MIN_SLOPE = 1.0


def from_windows(load: CellLoad, confidence: float) -> Estimate | None:
    """Return the capacity from the windows alone: a logistic curve with one slope, and a threshold for each round.

    Args:
        load: The cell.
        confidence: Of the interval.

    Returns:
        None where late requests are too few or too many for a curve.
    """
    rates = load.windows["rate_per_s"].to_numpy(np.float64)
    x, n, late = np.log(rates), load.counts, load.late
    if len(x) != len(n) or not 0 < late.sum() < n.sum():
        return None
    centre, share = float(x.mean()), late / n

    def unlikely(values: Floats) -> float:
        p = np.clip(1 / (1 + np.exp(-(values[0] + math.exp(values[1]) * (x - centre)))), 1e-9, 1 - 1e-9)
        return float(-(n * (share * np.log(p) + (1 - share) * np.log(1 - p))).sum())

    slope = math.exp(optimize.minimize(unlikely, [-2.0, 1.5], method="Nelder-Mead").x[1])
    if slope < MIN_SLOPE:  # late requests do not depend on the rate: there is no threshold
        return None
    wanted = math.log(load.question.late_share / (1 - load.question.late_share))
    numbers = load.windows["round"].to_numpy()
    thresholds = []
    for number in load.rounds:
        own = numbers == number

        def surplus(level: float, own: Any = own) -> float:
            p = 1 / (1 + np.exp(-(level + slope * (x[own] - centre))))
            return float((n[own] * (share[own] - p)).sum())

        if surplus(-20.0) > 0 > surplus(20.0):
            thresholds.append(centre + (wanted - float(optimize.brentq(surplus, -20.0, 20.0))) / slope)
    return interval(np.array(thresholds), confidence) if thresholds else None
