"""The estimator of before: only to show what changed. The mean of the rounds' log ratios, and a t interval without a floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from perflab.analysis.stats.intervals import t_interval
from perflab.analysis.stats.pairs import Floats


@dataclass(frozen=True)
class Former:
    ratio: Floats
    low: Floats
    high: Floats
    mde: Floats


def ratio_of_rounds(before: Floats, after: Floats) -> Former:
    """The interval of many runs: `before` and `after` are the rounds' means, runs by rounds."""
    log = np.logical_not(((before <= 0) | (after <= 0)).any(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = after / before
        of_logs, linear = t_interval(np.log(ratios)), t_interval(ratios)
    freedom = before.shape[1] - 1
    error = np.where(log, of_logs.standard_error, linear.standard_error)
    reach = error * (stats.t.ppf(0.975, freedom) + stats.t.ppf(0.8, freedom))
    return Former(
        np.where(log, np.exp(of_logs.mean), linear.mean),
        np.where(log, np.exp(of_logs.low), np.maximum(linear.low, 0)),
        np.where(log, np.exp(of_logs.high), linear.high),
        np.where(log, np.expm1(reach), reach),
    )


def share_of_rounds(successes: Floats, trials: Floats) -> tuple[Floats, Floats]:
    """The ends of the interval of a share in many runs, runs by rounds."""
    n = trials.sum(axis=1)
    share = successes.sum(axis=1) / n
    rounds = trials.shape[1]
    squares = ((successes - share[:, None] * trials) ** 2).sum(axis=1)
    reach = np.sqrt(squares * rounds / (rounds - 1)) / n * stats.t.ppf(0.975, rounds - 1)
    return np.maximum(share - reach, 0), np.minimum(share + reach, 1)
