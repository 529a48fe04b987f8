"""Statistics of many groups at once: numbers and their group's code in, one figure per group out.

Every function takes `values`, `codes` (the group of each value, from 0) and `size` (how many groups there are), and
gives NaN for a group without values.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from perflab.analysis.stats.pairs import Floats, Ints

Statistic = Callable[[Floats, Ints, int], Floats]


def count(codes: Ints, size: int) -> Ints:
    return np.bincount(codes, minlength=size).astype(np.int64)


def mean(values: Floats, codes: Ints, size: int) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(codes, weights=values, minlength=size) / count(codes, size), dtype=np.float64)


def geomean(values: Floats, codes: Ints, size: int) -> Floats:
    """The geometric mean; 0 for a group that holds a 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.exp(mean(np.log(values), codes, size)), dtype=np.float64)


def quantile(share: float) -> Statistic:
    """A quantile by linear interpolation between order statistics, as numpy's default. Costs one sort."""

    def of_groups(values: Floats, codes: Ints, size: int) -> Floats:
        ordered = values[np.lexsort((values, codes))]
        sizes = count(codes, size)
        ends = np.cumsum(sizes)
        place = (ends - sizes) + share * np.maximum(sizes - 1, 0)
        below = np.minimum(np.floor(place).astype(np.int64), np.maximum(ends - 1, 0))
        above = np.minimum(below + 1, np.maximum(ends - 1, 0))
        result = np.full(size, np.nan)
        some = sizes > 0
        weight = (place - below)[some]
        result[some] = ordered[below[some]] * (1 - weight) + ordered[above[some]] * weight
        return result

    return of_groups


STATISTICS: dict[str, Statistic] = {
    "mean": mean,
    "geomean": geomean,
    "p50": quantile(0.50),
    "p95": quantile(0.95),
    "p99": quantile(0.99),
}

# A round's p99 rests on the few requests beyond it: with less than 30 it is one or two outliers' business.
MIN_EXCEEDANCES = 30
MIN_PER_ROUND = {"p99": MIN_EXCEEDANCES * 100}
