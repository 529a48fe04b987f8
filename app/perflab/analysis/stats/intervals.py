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

# Two rounds give an interval, too, 13 standard errors wide: honest, and of no use.
MIN_ROUNDS = 3


@dataclass(frozen=True)
class Interval:
    """Per group: the mean over rounds, its standard error, the ends (NaN below 3 rounds) and the rounds it rests on."""

    mean: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    rounds: Ints


def t_interval(per_round: Floats, confidence: float = 0.95) -> Interval:
    """The t interval of each group's mean over rounds.

    `per_round` is groups by rounds; NaN is a round without a value, which takes no part.
    """
    known = np.isfinite(per_round)
    rounds = known.sum(axis=1)
    enough = rounds >= MIN_ROUNDS
    divisor = np.maximum(rounds, 1)
    filled = np.where(known, per_round, 0.0)
    mean = np.where(rounds > 0, filled.sum(axis=1) / divisor, np.nan)
    squares = (np.where(known, per_round - mean[:, None], 0.0) ** 2).sum(axis=1)
    error = np.where(enough, np.sqrt(squares / np.maximum(rounds - 1, 1) / divisor), np.nan)
    reach = error * special.stdtrit(np.maximum(rounds - 1, 1), 0.5 + confidence / 2)
    return Interval(mean, error, mean - reach, mean + reach, rounds.astype(np.int64))


@dataclass(frozen=True)
class ShareInterval:
    """A share of all rounds' events, its ends (None below 3 rounds), and the rounds and events it rests on."""

    estimate: float
    low: float | None
    high: float | None
    rounds: int
    n: int


def share_interval(found: Floats | Ints, tried: Floats | Ints, confidence: float = 0.95) -> ShareInterval | None:
    """The share of all that were tried, with its t interval over rounds; None where nothing was.

    `found` and `tried` are counts per round. A round with more events weighs more, in the estimate and in the interval: the ratio
    estimate of cluster sampling (Cochran, "Sampling Techniques", 3rd ed. 1977, 6.4 and 9A). Events of a round depend on each
    other, so that a binomial interval over events would be too narrow.
    """
    took_part = tried > 0
    found, tried = found[took_part], tried[took_part]
    rounds, n = len(tried), tried.sum()
    if not n:
        return None
    share = found.sum() / n
    if rounds < MIN_ROUNDS:
        return ShareInterval(float(share), None, None, rounds, int(n))
    error = np.sqrt(((found - share * tried) ** 2).sum() * rounds / (rounds - 1)) / n
    reach = error * special.stdtrit(rounds - 1, 0.5 + confidence / 2)
    return ShareInterval(float(share), max(0.0, float(share - reach)), min(1.0, float(share + reach)), rounds, int(n))


def p_value(distance: Floats, standard_error: Floats, rounds: Ints) -> Floats:
    """The two-sided p value of the t test that a mean over rounds is `distance` away from its null; NaN without an error.

    Without any spread between rounds it is 0, or 1 where the distance is 0, too.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(distance) / standard_error
    found = 2 * special.stdtr(np.maximum(rounds - 1, 1), -statistic)
    exact = standard_error == 0
    found = np.where(exact, np.where(distance == 0, 1.0, 0.0), found)
    return np.asarray(np.where(np.isnan(standard_error), np.nan, found), dtype=np.float64)


def detectable(standard_error: Floats, rounds: Ints, confidence: float, power: float = 0.8) -> Floats:
    """The smallest change that a test at this confidence would have found with this power, in the error's own unit.

    The minimum detectable effect: standard error times the sum of both t quantiles (Bloom, "Minimum detectable effects",
    Evaluation Review 1995).
    """
    freedom = np.maximum(rounds - 1, 1)
    reach = special.stdtrit(freedom, 0.5 + confidence / 2) + special.stdtrit(freedom, power)
    return np.asarray(standard_error * reach, dtype=np.float64)


@dataclass(frozen=True)
class RatioInterval:
    """Per group: candidate / baseline with its interval. `log` says on which scale it was made.

    `p_value` is that of no change; `blind_to` the relative change that was too small to be found (power 80%).
    """

    ratio: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    rounds: Ints
    log: Bools
    p_value: Floats
    blind_to: Floats


def ratio_interval(baseline: Floats, candidate: Floats, confidence: float = 0.95) -> RatioInterval:
    """The ratio of two figures per round (groups by rounds), with its t interval.

    The scale is that of log ratios. Where a figure is 0 (the queries of a cache hit) it is the linear one: the mean of
    the rounds' ratios, the interval cut at 0; where the baseline is 0 in a round there is no ratio, unless both are 0
    throughout: then they are equal, and the ratio is 1.
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
        blind_to=np.where(log, np.expm1(reach), reach),
    )
