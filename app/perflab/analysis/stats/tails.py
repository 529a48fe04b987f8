"""What single requests tell of an interval that rounds cannot: a tail on one side, and what a sample may not have met.

A t interval assumes that its error is as likely to be too low as too high. With a few requests of which one in five takes ten
times as long, the mean is too low more often than too high, and so is its standard error: candidates that are no faster look
`better`. The interval is widened on the side where such requests are missing, and never narrowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perflab.analysis.stats.levels import Counted, Levels, Strata
from perflab.analysis.stats.pairs import Bools, Floats, Ints

# Below so many requests, what was not met matters more than the skewness of what was.
FEW_REQUESTS = 30
# Of more than so many the skewness of requests shows no longer in their mean.
MANY_REQUESTS = 5000
# The probability that a sample misses requests of the share that `unseen` allows for: of few requests, where the interval adds
# it to the error between rounds; and of a count that was the same in every request, where there is no such error.
MISSED_BY_FEW = 0.2
MISSED_BY_COUNT = 0.025
# (2 z² + 1) / 6 at z = 1.96.
SKEWNESS_FACTOR = (2 * 1.96**2 + 1) / 6


@dataclass(frozen=True)
class Tails:
    """What widens the interval of a ratio, by group.

    Attributes:
        error: The standard error of the ratio if requests are independent.
        third: The third central moment of the ratio, by single requests.
        base_more: How much the baseline's level may lack, in the metric's unit.
        base_less: How much it may have too much.
        more: How much the candidate's level may lack.
        less: How much it may have too much.
    """

    error: Floats
    third: Floats
    base_more: Floats
    base_less: Floats
    more: Floats
    less: Floats


def unseen(n: Ints | Floats, missed: float) -> Floats:
    """Return the largest share of requests that a sample of n contains none of with this probability.

    `1 - missed^(1/n)`, about 3/n for 5%: Hanley & Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983.

    Args:
        n: How many requests there are.
        missed: The probability of meeting none.
    """
    return np.asarray(-np.expm1(np.log(missed) / np.maximum(n, 1)), dtype=np.float64)


def tails(counted: Counted, before: Floats, after: Floats, levels: tuple[Levels, Levels], counts: bool) -> Tails:
    """Return what single requests tell of the ratio of two levels.

    Args:
        counted: The requests of both cells.
        before: The metric in the baseline, by Step.
        after: The metric in the candidate, by Step.
        levels: Both cells' levels.
        counts: Whether the metric counts things, so that a sample in which all are equal is no measurement without error.
    """
    strata, n = counted.strata, counted.n
    size, of_strata = len(n), counted.counts.sum(axis=1)
    means = [_quotient(side.sums.sum(axis=1), of_strata) for side in levels]
    maybe = [_alike(counted, side, mean) & counts for side, mean in zip(levels, means, strict=True)]
    looked_at = (n <= MANY_REQUESTS) | maybe[0] | maybe[1]
    if not looked_at.any():
        return Tails(*(np.zeros(size) for _ in range(6)))
    extremes = [counted.extremes(side) for side in (before, after)]
    constant = [
        alike & (strata.total((high > low).astype(np.float64)) == 0)
        for alike, (low, high) in zip(maybe, extremes, strict=True)
    ]
    looked_at &= ~(constant[0] & constant[1])  # nothing varies there
    chosen = looked_at[strata.group_of][counted.codes]
    steps, codes = counted.steps[chosen], counted.codes[chosen]
    group = strata.group_of[codes]
    centred = [side[steps] - mean[codes] for side, mean in zip((before, after), means, strict=True)]

    weight = np.where(of_strata > 0, strata.weight, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = weight / strata.total(weight)[strata.group_of] / (of_strata * levels[0].level[strata.group_of])
        scale *= np.sqrt(of_strata / np.maximum(of_strata - 1, 1))
        ratio = levels[1].level / levels[0].level
        influence = scale[codes] * (centred[1] - ratio[group] * centred[0])
    few = (n > 0) & (n < FEW_REQUESTS)
    highest, lowest = _limits(strata, extremes)
    share = np.where(few, unseen(n, MISSED_BY_FEW), 0.0)
    missing = []
    for side, same in zip(levels, constant, strict=True):
        level = side.level
        top = np.where(same & ~(highest > level), level + 1, highest)
        bottom = np.where(same & ~(lowest < level), np.maximum(level - 1, 0), lowest)
        of_count = np.where(same, unseen(n, MISSED_BY_COUNT), 0.0)
        missing.append(_times(np.maximum(share, of_count), top - level))
        missing.append(_times(of_count, level - bottom))
    return Tails(np.sqrt(_sum(influence**2, group, size)), _sum(influence**3, group, size), *missing)


def _sum(values: Floats, group: Ints, size: int) -> Floats:
    return np.asarray(np.bincount(group, weights=values, minlength=size), dtype=np.float64)


def _quotient(sums: Floats, counts: Floats) -> Floats:
    return np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)


def _times(share: Floats, distance: Floats) -> Floats:
    return np.where(share > 0, share * np.maximum(distance, 0.0), 0.0)


def _alike(counted: Counted, side: Levels, mean: Floats) -> Bools:
    """Return the groups in which every round has the same mean; only in these all values can be equal."""
    differ = np.abs(side.sums - mean[:, None] * counted.counts) > 1e-9 * np.maximum(np.abs(side.sums), 1.0)
    number = counted.strata.total(np.asarray(differ.any(axis=1), dtype=np.float64))
    return np.asarray((counted.n > 0) & (number == 0), dtype=bool)


def _limits(strata: Strata, extremes: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return the highest and the lowest value of either cell in each group; NaN for a group without requests."""
    highest, lowest = np.full(strata.groups, np.nan), np.full(strata.groups, np.nan)
    for low, high in extremes:
        np.fmax.at(highest, strata.group_of, high)
        np.fmin.at(lowest, strata.group_of, low)
    return highest, lowest
