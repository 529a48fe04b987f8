"""The ratio of two levels with its interval.

The estimate is the ratio of the levels that are printed beside it. Its standard error is the jackknife's over rounds, on the
scale of log ratios, with a t interval of R - 1 degrees of freedom; tails.py widens it where requests are few or rare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from perflab.analysis.stats.intervals import MIN_ROUNDS, detectable, p_value, t_interval
from perflab.analysis.stats.levels import Levels, jackknife_error
from perflab.analysis.stats.pairs import Bools, Floats, Ints
from perflab.analysis.stats.statistics import MIN_PER_ROUND, STATISTICS, count
from perflab.analysis.stats.tails import SKEWNESS_FACTOR, Tails


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


@dataclass(frozen=True)
class DifferenceInterval:
    """The difference candidate - baseline of each group, with its interval and the p value of no change."""

    difference: Floats
    low: Floats
    high: Floats
    p_value: Floats


def ratio_interval(
    baseline: Levels, candidate: Levels, confidence: float = 0.95, tails: Tails | None = None, counts: bool = False
) -> RatioInterval:
    """Return the ratio of two levels, with its interval.

    The scale is that of log ratios. Where the candidate is 0 in all rounds but one (the queries of a cache hit) the scale is
    linear, and the interval ends at 0. Where the baseline is, there is no interval; where it is 0 in all rounds, there is no
    ratio, unless both are: then it is 1.

    Args:
        baseline: The level of each group in the baseline.
        candidate: The same of the candidate, over the same requests.
        confidence: The coverage of each interval, between 0 and 1.
        tails: What single requests tell of the interval.
        counts: Whether the metric counts things, so that equal rounds do not mean certainty.
    """
    present = baseline.present & candidate.present
    rounds = present.sum(axis=1).astype(np.int64)
    enough = rounds >= MIN_ROUNDS
    nothing = (baseline.level == 0) & (candidate.level == 0)
    certain = (np.where(present, baseline.without, 1.0) > 0).all(axis=1)
    log: Bools = (candidate.level > 0) & (np.where(present, candidate.without, 1.0) > 0).all(axis=1) | nothing
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(nothing, 1.0, candidate.level / baseline.level)
        ratio = np.where(baseline.level > 0, ratio, np.where(nothing, 1.0, np.nan))
        without = np.where(nothing[:, None], 1.0, candidate.without / baseline.without)
        without = np.where((certain | nothing)[:, None], without, np.nan)
        without = np.where(log[:, None], np.log(without), without)
        error = np.where(enough, jackknife_error(without, present), np.nan)
    up, down, least = _wider(baseline, candidate, ratio, log, error, tails, counts)
    normal = float(special.ndtri(0.5 + confidence / 2))
    reach = np.maximum(error * special.stdtrit(np.maximum(rounds - 1, 1), 0.5 + confidence / 2), least * normal)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(log, ratio * np.exp(-reach - down), np.maximum(ratio - reach - down, 0.0))
        high = np.where(log, ratio * np.exp(reach + up), ratio + reach + up)
        away = np.where(log, np.log(ratio), ratio - 1)
        # A widened side takes a part of the distance that the test would have.
        distance = np.maximum(np.abs(away) - np.where(away < 0, up, down), 0.0)
        of_requests = np.where(least > 0, 2 * special.ndtr(-distance / least), 0.0)
    p = np.maximum(p_value(distance, error, rounds), of_requests)
    reach = np.maximum(detectable(error, rounds, confidence), least * (normal + float(special.ndtri(0.8))))
    mde = reach + np.maximum(up, down)
    return RatioInterval(ratio, low, high, error, rounds, log, p, np.where(log, np.expm1(mde), mde))


def figures_by_round(
    before: Floats, after: Floats, codes: Ints, rounds: Ints, statistic: str, size: int, number: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return a statistic that is no mean in both cells: over all rounds, and of each round that has enough requests.

    Args:
        before: The metric in the baseline, by pair.
        after: The metric in the candidate, by pair.
        codes: The group of each pair.
        rounds: The round of each pair.
        statistic: One of `statistics.STATISTICS`.
        size: The number of groups.
        number: The number of rounds.
    """
    figure, least = STATISTICS[statistic], MIN_PER_ROUND.get(statistic, 1)
    in_round = codes * number + rounds
    enough = count(in_round, size * number).reshape(size, number) >= least
    whole, parts = [], []
    for side in (before, after):
        whole.append(np.where(enough.any(axis=1), figure(side, codes, size), np.nan))
        parts.append(np.where(enough, figure(side, in_round, size * number).reshape(size, number), np.nan))
    return (whole[0], whole[1]), (parts[0], parts[1])


def ratio_of_figures(
    levels: tuple[Floats, Floats], per_round: tuple[Floats, Floats], confidence: float = 0.95
) -> RatioInterval:
    """Return the ratio of two figures that are no means, such as quantiles, with the spread of the rounds' ratios around it.

    Args:
        levels: The figure over all rounds, of the baseline and of the candidate; one for each group.
        per_round: The same of each round: groups by rounds, NaN where a round has none.
        confidence: The coverage of each interval, between 0 and 1.
    """
    both = np.isfinite(per_round[0]) & np.isfinite(per_round[1])
    base, new = (np.where(both, side, np.nan) for side in per_round)
    log: Bools = np.logical_not((both & ((base <= 0) | (new <= 0))).any(axis=1))
    nothing = both.any(axis=1) & ~(both & ((base != 0) | (new != 0))).any(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(nothing[:, None] & both, 1.0, new / base)
        ratios[(both & (base <= 0)).any(axis=1) & ~nothing] = np.nan
        of_rounds = t_interval(np.where(log[:, None], np.log(ratios), ratios), confidence)
        ratio = np.where(np.isnan(of_rounds.mean), np.nan, np.where(nothing, 1.0, levels[1] / levels[0]))
        reach = of_rounds.high - of_rounds.mean
        low = np.where(log, ratio * np.exp(-reach), np.maximum(ratio - reach, 0.0))
        high = np.where(log, ratio * np.exp(reach), ratio + reach)
        away = np.where(log, np.log(ratio), ratio - 1)
    error, rounds = of_rounds.standard_error, both.sum(axis=1).astype(np.int64)
    mde = detectable(error, rounds, confidence)
    return RatioInterval(
        ratio, low, high, error, rounds, log, p_value(away, error, rounds), np.where(log, np.expm1(mde), mde)
    )


def _wider(
    baseline: Levels, candidate: Levels, ratio: Floats, log: Bools, error: Floats, tails: Tails | None, counts: bool
) -> tuple[Floats, Floats, Floats]:
    """Return how much further each end lies because of single requests, and the least standard error; on the interval's scale."""
    zero = np.zeros(len(ratio))
    if tails is None:
        return zero, zero, zero
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(log, ratio, 1.0)
        own = tails.error / scale
        variance = np.fmax(error, own) ** 2
        skewness = np.where(variance > 0, tails.third / scale**3 / variance * SKEWNESS_FACTOR, 0.0)
        # By the cell that matters more: that both have missed as much at once is less probable still.
        most = np.fmax(
            (candidate.level + tails.more) / baseline.level, candidate.level / (baseline.level - tails.base_less)
        )
        least = np.fmin(
            (candidate.level - tails.less) / baseline.level, candidate.level / (baseline.level + tails.base_more)
        )
        up = np.where(log, np.log(most / ratio), most - ratio)
        down = np.where(log, np.log(ratio / least), ratio - least)
    few = (tails.more > 0) | (tails.base_more > 0)
    up, down = (
        np.where(np.isfinite(side), np.where(few, side, np.maximum(sign * skewness, 0.0)), 0.0)
        for side, sign in ((up, 1), (down, -1))
    )
    return up, down, np.where(np.isfinite(own), own, 0.0) if counts else zero


def difference_interval(baseline: Levels, candidate: Levels, confidence: float = 0.95) -> DifferenceInterval:
    """Return the difference of two levels, with its t interval over rounds.

    Args:
        baseline: The level of each group in the baseline.
        candidate: The same of the candidate, over the same requests.
        confidence: The coverage of each interval, between 0 and 1.
    """
    present = baseline.present & candidate.present
    rounds = present.sum(axis=1).astype(np.int64)
    difference = candidate.level - baseline.level
    error = jackknife_error(candidate.without - baseline.without, present)
    error = np.where(rounds >= MIN_ROUNDS, error, np.nan)
    reach = error * special.stdtrit(np.maximum(rounds - 1, 1), 0.5 + confidence / 2)
    return DifferenceInterval(difference, difference - reach, difference + reach, p_value(difference, error, rounds))
