"""What an interval says: of an effect against the margin, of a claim against its bound."""

from __future__ import annotations

import math
from typing import Literal

from perflab.run.metrics import metric_of

EffectVerdict = Literal["better", "worse", "equivalent", "inconclusive"]
ClaimVerdict = Literal["supported", "refuted", "inconclusive", "not measured"]


def is_material(low: float, high: float, margin: float) -> bool | None:
    """Whether it lies outside 1 ± margin as a whole; None where there is no interval."""
    return None if math.isnan(low) or math.isnan(high) else low > 1 + margin or high < 1 - margin


def of_effect(metric: str, ratio: float, low: float, high: float, margin: float, seen: bool | None) -> EffectVerdict:
    """Equivalent inside ± margin; else better or worse where a change was `seen`; else inconclusive.

    Of one comparison a change is seen where its interval excludes 1; of a family's, where Holm's test says so.
    """
    if seen is None or math.isnan(low) or math.isnan(high):
        return "inconclusive"
    if 1 - margin <= low and high <= 1 + margin:
        return "equivalent"
    if not seen:
        return "inconclusive"
    rises = ratio > 1
    return "better" if rises == metric_of(metric).more_is_better else "worse"


def of_claim(direction: str, bound: float, low: float | None, high: float | None) -> ClaimVerdict:
    """Supported where the whole interval is on the claim's side of its bound, refuted where it is wholly on the other.

    A direction is `at_least`, `at_most`, or else equality (`equals`): an exact count has low == high.
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
