"""Intervals from one number per round.

A round is the unit of replication: its processes, clone and traffic are its own, while requests inside a round
depend on each other (Kalibera & Jones, "Rigorous benchmarking in reasonable time", ISMM 2013: replicate at the highest
level that varies; Abedi & Brecht, "Conducting repeatable experiments in highly variable cloud computing environments",
ICPE 2017: interleave in random order; Bulej et al., "Duet benchmarking", ICPE 2020: pair what runs side by side). With the
handful of rounds that a run has, the t interval on their mean keeps its coverage where a bootstrap does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special  # its t distribution; scipy.stats has the same, and takes 0.5 s longer to import

from perflab.analysis.stats.pairs import Bools, Floats, Ints

# Two rounds give an interval as well, 13 standard errors wide: correct, and of no use.
MIN_ROUNDS = 3


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
    over events would be too narrow.

    Args:
        successes: The number of successes in each round.
        trials: The number of trials in each round.
        confidence: The coverage of the interval, between 0 and 1.
    """
    took_part = trials > 0
    successes, trials = successes[took_part], trials[took_part]
    rounds, n = len(trials), trials.sum()
    if not n:
        return None
    share = successes.sum() / n
    if rounds < MIN_ROUNDS:
        return ShareInterval(float(share), None, None, rounds, int(n))
    error = np.sqrt(((successes - share * trials) ** 2).sum() * rounds / (rounds - 1)) / n
    reach = error * special.stdtrit(rounds - 1, 0.5 + confidence / 2)
    return ShareInterval(float(share), max(0.0, float(share - reach)), min(1.0, float(share + reach)), rounds, int(n))


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
    """Return the minimum detectable effect: the smallest change that a test finds with this power.

    It is the standard error times the sum of both t quantiles (Bloom, "Minimum detectable effects", Evaluation Review 1995).

    Args:
        standard_error: Of each mean over rounds; the result has its unit.
        rounds: The number of rounds behind each mean.
        confidence: That of the two-sided test.
        power: The probability that the test finds a change of this size.
    """
    freedom = np.maximum(rounds - 1, 1)
    reach = special.stdtrit(freedom, 0.5 + confidence / 2) + special.stdtrit(freedom, power)
    return np.asarray(standard_error * reach, dtype=np.float64)


@dataclass(frozen=True)
class RatioInterval:
    """The ratio candidate / baseline of each group, with its interval; `log` says on which scale it was computed.

    `p_value` is that of no change; `mde` the minimum detectable effect as a relative change (power 80%).
    """

    ratio: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    rounds: Ints
    log: Bools
    p_value: Floats
    mde: Floats


def ratio_interval(baseline: Floats, candidate: Floats, confidence: float = 0.95) -> RatioInterval:
    """Return the ratio of two figures per round, with its t interval.

    The scale is that of log ratios. Where a figure is 0 (the queries of a cache hit) the scale is linear: the mean of the rounds'
    ratios, with the interval cut at 0. Where the baseline is 0 in a round there is no ratio, unless both are 0 in all
    rounds: then the ratio is 1.

    Args:
        baseline: Groups by rounds; NaN is a round without a value.
        candidate: Of the same shape.
        confidence: The coverage of each interval, between 0 and 1.
    """
    both = np.isfinite(baseline) & np.isfinite(candidate)
    base = np.where(both, baseline, np.nan)
    new = np.where(both, candidate, np.nan)
    log: Bools = np.logical_not((both & ((base <= 0) | (new <= 0))).any(axis=1))
    nothing = both.any(axis=1) & ~(both & ((base != 0) | (new != 0))).any(axis=1)
    no_ratio = (both & (base <= 0)).any(axis=1) & ~nothing

    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(nothing[:, None] & both, 1.0, new / base)
        ratios[no_ratio] = np.nan
        on_log = t_interval(np.log(np.where(log[:, None], ratios, np.nan)), confidence)
        linear = t_interval(ratios, confidence)
    rounds = both.sum(axis=1).astype(np.int64)
    error = np.where(log, on_log.standard_error, linear.standard_error)
    away = np.where(log, on_log.mean, linear.mean - 1)
    reach = detectable(error, rounds, confidence)
    return RatioInterval(
        ratio=np.where(log, np.exp(on_log.mean), linear.mean),
        low=np.where(log, np.exp(on_log.low), np.maximum(linear.low, 0.0)),
        high=np.where(log, np.exp(on_log.high), linear.high),
        standard_error=error,
        rounds=rounds,
        log=log,
        p_value=p_value(away, error, rounds),
        mde=np.where(log, np.expm1(reach), reach),
    )
