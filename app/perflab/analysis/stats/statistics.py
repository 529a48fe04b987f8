"""Statistics of many groups at once: from numbers and the code of their group, one figure per group.

Every function takes `values`, `codes` (the group of each value, from 0) and `size` (how many groups there are), and
gives NaN for a group without values.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from perflab.analysis.stats.pairs import Floats, Ints

Statistic = Callable[[Floats, Ints, int], Floats]


def count(codes: Ints, size: int) -> Ints:
    """Count the values of each group."""
    return np.bincount(codes, minlength=size).astype(np.int64)


def mean(values: Floats, codes: Ints, size: int) -> Floats:
    """Return the arithmetic mean of each group.

    Args:
        values: The numbers of all groups.
        codes: The group of each value, from 0.
        size: The number of groups.

    Returns:
        One figure per group; NaN for a group without values.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(codes, weights=values, minlength=size) / count(codes, size), dtype=np.float64)


def geomean(values: Floats, codes: Ints, size: int) -> Floats:
    """Return the geometric mean of each group; 0 for a group that holds a 0.

    Args:
        values: The numbers of all groups.
        codes: The group of each value, from 0.
        size: The number of groups.

    Returns:
        One figure per group; NaN for a group without values.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.exp(mean(np.log(values), codes, size)), dtype=np.float64)


def quantile(share: float) -> Statistic:
    """Return the statistic that is a quantile, by linear interpolation as numpy's default; it costs one sort."""

    def of_groups(values: Floats, codes: Ints, size: int) -> Floats:
        order = np.argsort(values)
        # A stable sort of small numbers takes a tenth of a sort by both.
        groups = codes.astype(np.uint16 if size <= np.iinfo(np.uint16).max else np.int64)[order]
        ordered = values[order[np.argsort(groups, kind="stable")]]
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

# A round's p99 rests on the few requests beyond it: with fewer than 30, one or two outliers decide it.
MIN_EXCEEDANCES = 30
MIN_PER_ROUND = {"p99": MIN_EXCEEDANCES * 100}
