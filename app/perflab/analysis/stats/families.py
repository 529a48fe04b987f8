"""Families of comparisons: of ten endpoints tested at 5% each, one shows a false change in four runs of ten.

Verdicts of a family use Holm's procedure ("A simple sequentially rejective multiple test procedure", Scandinavian Journal
of Statistics 1979): in at most 5% of runs any of them is false, however the comparisons depend on each other. Their intervals are
Bonferroni's, which hold simultaneously; they are a little wider than Holm's test needs, so that an interval may include no
change although the test found one.
"""

from __future__ import annotations

import numpy as np

from perflab.analysis.stats.pairs import Floats


def holm(p_values: Floats) -> Floats:
    """Return Holm's adjusted p values, in the given order; NaN takes no part and stays NaN."""
    adjusted = np.full(len(p_values), np.nan)
    members = np.flatnonzero(~np.isnan(p_values))
    order = members[np.argsort(p_values[members], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * steps), 1.0)
    return adjusted


def simultaneous(confidence: float, members: int) -> float:
    """Return the confidence of each interval with which all of a family hold simultaneously (Bonferroni).

    Args:
        confidence: The probability that all intervals hold.
        members: The number of intervals.
    """
    return 1 - (1 - confidence) / max(members, 1)
