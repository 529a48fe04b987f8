"""Families of comparisons: ten endpoints tested at 5% each show a false verdict in four runs of ten.

Verdicts of a family are Holm's (Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
Statistics 1979): in at most 5% of runs is any of them false, whatever depends on what. Its intervals are Bonferroni's, which
hold all at once; they are a little wider than Holm's test needs, so that an interval may touch no change where the test
has seen one.
"""

from __future__ import annotations

import numpy as np

from perflab.analysis.stats.pairs import Floats


def holm(p_values: Floats) -> Floats:
    """Holm's adjusted p values, in the order of the given ones. NaN takes no part and stays NaN."""
    adjusted = np.full(len(p_values), np.nan)
    members = np.flatnonzero(~np.isnan(p_values))
    order = members[np.argsort(p_values[members], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * steps), 1.0)
    return adjusted


def simultaneous(confidence: float, members: int) -> float:
    """The confidence of each interval, for all of a family to hold at once with `confidence` (Bonferroni)."""
    return 1 - (1 - confidence) / max(members, 1)
