"""Intervals from one number per round.

A round is the unit of replication: its processes, clone and traffic are its own, while requests inside a round
depend on each other (Kalibera & Jones, "Rigorous benchmarking in reasonable time", ISMM 2013: replicate at the highest
level that varies; Abedi & Brecht, "Conducting repeatable experiments in highly variable cloud computing environments",
ICPE 2017: interleave in random order; Bulej et al., "Duet benchmarking", ICPE 2020: pair what runs side by side). With the
handful of rounds that a run has, the t interval on their mean keeps its coverage where a bootstrap does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special  # its t distribution; scipy.stats has the same, and takes 0.5 s longer to import

from perflab.analysis.stats.pairs import Floats, Ints

# Two rounds give an interval as well, 13 standard errors wide: correct, and of no use.
MIN_ROUNDS = 3
# How many quantiles of a standard deviation the minimum detectable effect is computed from.
GRID = 100


@dataclass(frozen=True)
class Interval:
    """The mean over rounds of each group: standard error and ends (NaN below 3 rounds), and the number of rounds."""

    mean: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    rounds: Ints


def t_interval(per_round: Floats, confidence: float = 0.95) -> Interval:
    """Return the t interval of each group's mean over rounds.

    Args:
        per_round: Groups by rounds; NaN is a round without a value, which takes no part.
        confidence: The coverage of each interval, between 0 and 1.
    """
    finite = np.isfinite(per_round)
    rounds = finite.sum(axis=1)
    enough = rounds >= MIN_ROUNDS
    divisor = np.maximum(rounds, 1)
    filled = np.where(finite, per_round, 0.0)
    mean = np.where(rounds > 0, filled.sum(axis=1) / divisor, np.nan)
    squares = (np.where(finite, per_round - mean[:, None], 0.0) ** 2).sum(axis=1)
    error = np.where(enough, np.sqrt(squares / np.maximum(rounds - 1, 1) / divisor), np.nan)
    reach = error * special.stdtrit(np.maximum(rounds - 1, 1), 0.5 + confidence / 2)
    return Interval(mean, error, mean - reach, mean + reach, rounds.astype(np.int64))


@dataclass(frozen=True)
class ShareInterval:
    """A share of all rounds' events, its ends (None below 3 rounds), and the number of rounds and events."""

    estimate: float
    low: float | None
    high: float | None
    rounds: int
    n: int


def share_interval(successes: Floats | Ints, trials: Floats | Ints, confidence: float = 0.95) -> ShareInterval | None:
    """Return the share of successes among all trials, with its t interval over rounds; None without a trial.

    A round with more trials weighs more, in the estimate and in the interval: the ratio estimate of cluster sampling (Cochran,
    "Sampling Techniques", 3rd ed. 1977, 6.4 and 9A). Events of a round depend on each other, so that a binomial interval
    over events would be too narrow. It is a lower bound all the same: rounds that agree by chance, such as three without a
    single miss, show no spread and are no certainty. Either end is therefore at least as far away as that of the exact
    binomial interval (Clopper & Pearson, Biometrika 1934).

    Args:
        successes: The number of successes in each round.
        trials: The number of trials in each round.
        confidence: The coverage of the interval, between 0 and 1.
    """
    took_part = trials > 0
    successes, trials = successes[took_part], trials[took_part]
    rounds, n, total = len(trials), int(trials.sum()), float(successes.sum())
    if not n:
        return None
    share = total / n
    if rounds < MIN_ROUNDS:
        return ShareInterval(share, None, None, rounds, n)
    error = np.sqrt(((successes - share * trials) ** 2).sum() * rounds / (rounds - 1)) / n
    reach = error * special.stdtrit(rounds - 1, 0.5 + confidence / 2)
    tail = (1 - confidence) / 2
    exact = (
        float(special.bdtri(total - 1, n, 1 - tail)) if total >= 1 else 0.0,
        float(special.bdtri(total, n, tail)) if total < n else 1.0,
    )
    return ShareInterval(
        share, max(0.0, min(float(share - reach), exact[0])), min(1.0, max(float(share + reach), exact[1])), rounds, n
    )


def p_value(distance: Floats, standard_error: Floats, rounds: Ints) -> Floats:
    """Return the two-sided p value of the t test for a mean over rounds; NaN where the standard error is NaN.

    Without any spread between rounds it is 0, or 1 where the distance is 0 as well.

    Args:
        distance: How far each mean is from its null hypothesis.
        standard_error: Of each mean.
        rounds: The number of rounds behind each mean.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(distance) / standard_error
    p = 2 * special.stdtr(np.maximum(rounds - 1, 1), -statistic)
    p = np.where(standard_error == 0, np.where(distance == 0, 1.0, 0.0), p)
    return np.asarray(np.where(np.isnan(standard_error), np.nan, p), dtype=np.float64)


def detectable(standard_error: Floats, rounds: Ints, confidence: float, power: float = 0.8) -> Floats:
    """Return the minimum detectable effect: the smallest change that such a run finds with this power.

    A standard error from few rounds may be too small by chance, in this run and in the next: with the sum of both t quantiles
    (Bloom, "Minimum detectable effects", Evaluation Review 1995) three rounds find such a change in 60% of runs and eight in
    72%, not in 80%. The factor here counts that in: 8.8 standard errors instead of 5.4 for three rounds, 3.7 instead of 3.3 for
    eight.

    Args:
        standard_error: Of each mean over rounds; the result has its unit.
        rounds: The number of rounds behind each mean.
        confidence: That of the two-sided test.
        power: The probability that the test finds a change of this size.
    """
    counts, places = np.unique(np.maximum(rounds, 2), return_inverse=True)
    factors = np.array([errors_to_detect(int(count), int(count), confidence, power) for count in counts])
    return np.asarray(standard_error * factors[places], dtype=np.float64)


@cache
def errors_to_detect(rounds: int, pilot: int | None, confidence: float = 0.95, power: float = 0.8) -> float:
    """Return k with P(Z + k S' > t S) = power, so that k standard errors are the minimum detectable effect.

    Z is normal, S and S' are independent estimates of its deviation: S that of the run which tests, S' that of the run which
    tells how large the standard error is.

    Args:
        rounds: How many rounds test.
        pilot: How many rounds tell the standard error; None if it is known.
        confidence: That of the two-sided test.
        power: The probability that the test finds a change of this size.
    """
    limit = float(special.stdtrit(rounds - 1, 0.5 + confidence / 2))
    limits = limit * _deviations(rounds)[:, None]
    pilot_deviations = np.ones(1) if pilot is None else _deviations(pilot)

    def finds_too_few(errors: float) -> bool:
        return bool(special.ndtr(errors * pilot_deviations[None, :] - limits).mean() < power)

    low, high = 0.0, limit
    while finds_too_few(high):
        low, high = high, 2 * high
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if finds_too_few(middle) else (low, middle)
    return high


def _deviations(rounds: int) -> Floats:
    """Return GRID quantiles of the estimate of a standard deviation of 1 from so many rounds."""
    freedom = rounds - 1
    shares = (np.arange(GRID) + 0.5) / GRID
    return np.asarray(np.sqrt(special.chdtri(freedom, shares) / freedom), dtype=np.float64)
