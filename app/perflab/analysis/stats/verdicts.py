"""What an interval says: of an effect against the margin, of a claim against its bound."""

from __future__ import annotations

import math

from perflab.run.metrics import metric_of
from perflab.run.records import ClaimVerdict, EffectVerdict


def is_practically_significant(low: float, high: float, margin: float) -> bool | None:
    """Return whether the whole interval lies outside 1 ± margin; None where there is no interval.

    Args:
        low: The lower end of a ratio's interval; NaN where there is none.
        high: The upper end.
        margin: The relative change below which cells count as equivalent.
    """
    return None if math.isnan(low) or math.isnan(high) else low > 1 + margin or high < 1 - margin


def of_effect(
    metric: str, ratio: float, low: float, high: float, margin: float, significant: bool | None
) -> EffectVerdict:
    """Return the verdict of an effect: equivalent inside ± margin, else better or worse if significant, else inconclusive.

    Args:
        metric: The metric's name, which decides whether a rise is better.
        ratio: The estimate, candidate / baseline.
        low: The lower end of its interval.
        high: The upper end.
        margin: The relative change below which cells count as equivalent.
        significant: Whether the change is statistically significant; None where it could not be tested.
    """
    if significant is None or math.isnan(low) or math.isnan(high):
        return "inconclusive"
    if 1 - margin <= low and high <= 1 + margin:
        return "equivalent"
    if not significant:
        return "inconclusive"
    rises = ratio > 1
    return "better" if rises == metric_of(metric).more_is_better else "worse"


def of_claim(direction: str, bound: float, low: float | None, high: float | None) -> ClaimVerdict:
    """Return the verdict of a claim: supported if the whole interval is on its side of the bound, refuted if on the other.

    Args:
        direction: `at_least`, `at_most`, or `equals`.
        bound: What the value is claimed to reach.
        low: The lower end of the value's interval; an exact count has low == high.
        high: The upper end.
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "inconclusive"
    if direction == "at_least":
        return "supported" if low >= bound else "refuted" if high < bound else "inconclusive"
    if direction == "at_most":
        return "supported" if high <= bound else "refuted" if low > bound else "inconclusive"
    if low == high == bound:
        return "supported"
    return "inconclusive" if low <= bound <= high else "refuted"
