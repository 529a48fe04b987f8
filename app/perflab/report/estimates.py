"""Figures of claims and effects for people: a value, its interval, its levels, as parts that are joined when displayed.

A ratio of effects becomes a reduction here, once; a claim's estimate is a reduction already, and is displayed as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from perflab import units
from perflab.run.metrics import metric_of, title_of, unit_of
from perflab.run.records import ClaimResult, Effect
from perflab.units import UNKNOWN

SAME = "no change"
# An interval so wide, as a share or relative to what it is about, leaves no meaning to a tenth of a per cent.
WIDE = 0.06


@dataclass(frozen=True, slots=True)
class EstimateText:
    """A figure and its interval: `94.5% less`, `93.9 to 95.0%`. The interval is empty where there is none."""

    value: str
    interval: str = ""

    def __str__(self) -> str:
        return f"{self.value} ({self.interval})" if self.interval else self.value

    @property
    def known(self) -> bool:
        """Whether there is a figure at all."""
        return self.value != UNKNOWN


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How much evidence there is: `1,150`, and `3 rounds` where rounds were counted."""

    n: str
    rounds: str = ""

    def __str__(self) -> str:
        return f"{self.n} in {self.rounds}" if self.rounds else self.n


def levels(effect: Effect) -> str:
    """Return before and after with their unit: `18.2 ms → 936 µs`."""
    unit = unit_of(effect.metric)
    return f"{units.in_unit(effect.before, unit)} → {units.in_unit(effect.after, unit)}"


def claim_levels(claim: ClaimResult) -> tuple[str, str]:
    """Return the measured levels before and after of a claim, with their unit."""
    unit = claim.unit or ""
    before, after = units.in_unit(claim.before, unit), units.in_unit(claim.after, unit)
    is_share = metric_of(claim.metric).kind == "share" and claim.estimate is not None
    return before, estimate(claim).value if is_share else after


def change(effect: Effect) -> EstimateText:
    """Return how the candidate compares: `94.5% less` with `93.9 to 95.0%`, or a multiple where it more than doubles."""
    if effect.ratio is None:
        return EstimateText(_difference(effect))
    return relative(effect.ratio, effect.low, effect.high)


def relative(
    ratio: float, low: float | None = None, high: float | None = None, bound: float | None = None
) -> EstimateText:
    """Return a ratio as a change: `94.5% less`, `2.9 times as much`, with its interval.

    Args:
        ratio: After / before.
        low: The lower end of its interval; None if there is no interval.
        high: The upper end of its interval.
        bound: The ratio that it is judged against, from which rounding must not take an end.
    """
    ends = None if low is None or high is None else (low, high)
    if ratio > 2:
        digits = 2 if ends and ends[1] - ends[0] >= WIDE * ratio else 3
        interval = f"{_times(ends[0], digits)} to {_times(ends[1], digits)} times" if ends else ""
        if ends and ends[0] < 1:
            interval = (
                f"{_change(ends[0], _decimals(ends, bound, [1 - ends[0]]))} to {_times(ends[1], digits)} times as much"
            )
        return EstimateText(f"{_times(ratio, digits)} times as much", interval)
    decimals = _decimals(ends, bound, [abs(1 - each) for each in (ratio, *(ends or ()))])
    size = SAME if abs(1 - ratio) < 0.0005 else _change(ratio, decimals)
    if ends is None:
        return EstimateText(size)
    if ends[1] <= 1 or 1 <= ends[0] <= ends[1] <= 2:
        near, far = sorted(abs(1 - end) for end in ends)
        return EstimateText(size, f"{_percent(near, decimals)} to {_percent(far, decimals)}%")
    return EstimateText(size, f"{_change(ends[0], decimals)} to {_change(ends[1], decimals)}")


def pace(ratio: float, low: float | None = None, high: float | None = None) -> str:
    """Return what a ratio of times makes something take: `19.3% more time`, `2.73 times as long`, `1.1% less time`.

    Args:
        ratio: After / before.
        low: The lower end of its interval, which decides how many digits count; None if there is none.
        high: The upper end of its interval.
    """
    return _as_time(relative(ratio, low, high).value)


def paced(effect: Effect) -> EstimateText:
    """Return what an effect on times makes something take, with its interval: `1.1% less time (0.9 to 1.3%)`."""
    text = change(effect)
    return EstimateText(_as_time(text.value), text.interval) if effect.ratio else text


def _as_time(change: str) -> str:
    if change == SAME:
        return "the same time"
    return change.replace("as much", "as long") if change.endswith("as much") else f"{change} time"


def share(
    value: float | None, low: float | None = None, high: float | None = None, bound: float | None = None
) -> EstimateText:
    """Return a share, with as many digits as its interval allows: `71%`, `67 to 74%`.

    Args:
        value: The share, 0..1; None if unknown.
        low: The lower end of its interval; None if there is none.
        high: The upper end of its interval.
        bound: The share that it is judged against, from which rounding must not take an end.
    """
    if value is None:
        return EstimateText(UNKNOWN)
    if low is None or high is None or low == high:
        return EstimateText(units.percent(value))
    decimals = _decimals((low, high), bound, (value, low, high))
    text, *ends = (_percent(each, decimals) for each in (value, low, high))
    return EstimateText(f"{text}%", f"{ends[0]} to {ends[1]}%")


def rate(row: Mapping[str, Any] | None) -> EstimateText:
    """Return a share of the cache ledger with its interval; unknown where the run, such as an older one, does not have it."""
    return share(row.get("estimate"), row.get("low"), row.get("high")) if row else EstimateText(UNKNOWN)


def _decimals(ends: tuple[float, float] | None, bound: float | None, shares: Sequence[float]) -> int:
    """Return how many decimals percentages have: none where the interval is wide, unless an end would be rounded to the bound.

    Args:
        ends: The ends of the interval; without one, a change of more than 10% has no decimals either.
        bound: What it is judged against.
        shares: What is shown; of several close to 100% all have as many decimals as it takes to tell them from it.
    """
    if ends is None:
        return 0 if 0.1 <= shares[0] < 0.9 else _enough(shares[0] * 100, 1)
    if ends[1] - ends[0] < WIDE:
        return max(_enough(share * 100, 1) for share in shares)
    return 1 if bound is not None and any(abs(end - bound) < 0.005 for end in ends) else 0


def _change(ratio: float, decimals: int) -> str:
    """Return `94.5% less`, `30% more`, `0%`; a multiple where it more than doubles."""
    if ratio > 2:
        return f"{_times(ratio, 2)} times as much"
    percent = _percent(abs(1 - ratio), decimals)
    if not percent.strip("0."):
        return "0%"
    return f"{percent}% {'less' if ratio < 1 else 'more'}"


def _times(ratio: float, digits: int) -> str:
    return units.significant(ratio, 3 if 0.9 < ratio < 1.1 else digits)


def _percent(share: float, decimals: int) -> str:
    """Return a percentage without its sign; with more decimals where these would make it nothing, or all."""
    percent = abs(share) * 100
    if 0 < percent < 1:
        decimals = max(decimals, 1)
    if decimals == 0 and 99.95 <= percent < 100:
        return "over 99.9"
    return f"{percent:.{0 if percent >= 100 else _enough(percent, decimals)}f}"


def _enough(percent: float, decimals: int) -> int:
    """Return so many decimals, or as many more as it takes to tell a percentage from 100."""
    while decimals < 4 and percent < 100 <= float(f"{percent:.{decimals}f}"):
        decimals += 1
    return decimals


def _difference(effect: Effect) -> str:
    if effect.difference is None:
        return UNKNOWN
    sign = "+" if effect.difference > 0 else ""
    return f"{sign}{units.in_unit(effect.difference, unit_of(effect.metric))}" if effect.difference else SAME


def bound(claim: ClaimResult) -> str:
    """Return the bound of a claim as it is judged: `at least 95% less`."""
    words = {"at_least": "at least", "at_most": "at most", "equals": "exactly"}[claim.direction]
    kind, value = metric_of(claim.metric).kind, float(claim.bound)
    if kind == "reduction":
        return f"{words} {value * 100:g}% less"
    if kind == "ratio":
        return f"{words} {value:g} times"
    return f"{words} {value * 100:g}%" if unit_of(claim.metric) == "share" else f"{words} {value:g}"


def judged_by(claim: ClaimResult) -> str:
    """Return what a claim is judged by, its metric, bound and scope: `stale responses, at most 0 (audited endpoints)`."""
    scope = f"{claim.scope} endpoints" if claim.scope in ("audited", "all") else claim.scope
    return f"{title_of(claim.metric)}, {bound(claim)}" + (f" ({scope})" if scope else "")


def claimed(claim: ClaimResult) -> str:
    """Return the levels as they were claimed, in the author's own words, or else the bound."""
    stated = [str(claim.claimed[side]) for side in ("before", "after") if claim.claimed.get(side) is not None]
    return " → ".join(stated) or bound(claim)


def estimate(claim: ClaimResult) -> EstimateText:
    """Return the measured figure of a claim, with its interval."""
    if claim.estimate is None:
        return EstimateText(UNKNOWN)
    ends = None if claim.low is None or claim.high is None else (claim.low, claim.high)
    if metric_of(claim.metric).kind == "reduction":
        low, high = (1 - ends[1], 1 - ends[0]) if ends else (None, None)
        return relative(1 - claim.estimate, low, high, 1 - float(claim.bound))
    unit = unit_of(claim.metric)
    if unit == "share":
        return share(claim.estimate, claim.low, claim.high, float(claim.bound))
    value = units.in_unit(claim.estimate, unit)
    if ends is None or ends[0] == ends[1]:
        return EstimateText(value)
    return EstimateText(value, f"{units.in_unit(ends[0], unit)} to {units.in_unit(ends[1], unit)}")


def sample_size(result: ClaimResult | Effect) -> SampleSize:
    """Return how much evidence a claim or an effect rests on."""
    if not result.n:
        return SampleSize(UNKNOWN)
    return SampleSize(f"{result.n:,}", units.counted(result.rounds, "round") if result.rounds else "")


def moved(effect: Effect) -> str:
    """Return what a quantity did: `fell by 66.5% (63.5 to 72.2%)`, `rose to 2.88 times its former value`, `did not change`."""
    size = change(effect)
    if not effect.ratio:
        return f"changed by {size}"
    interval = f" ({size.interval})" if size.interval else ""
    if size.value == SAME:
        return f"did not change{interval}"
    if effect.ratio > 2:
        return f"rose to {size.value.removesuffix(' as much')} its former value{interval}"
    return f"{'fell' if effect.ratio < 1 else 'rose'} by {size.value.rpartition(' ')[0]}{interval}"


def reverse(effect: Effect) -> Effect:
    """Return an effect from its other side: from the candidate back to the baseline."""
    ratio, low, high = (1 / value if value else None for value in (effect.ratio, effect.high, effect.low))
    return replace(effect, ratio=ratio, low=low, high=high, before=effect.after, after=effect.before)
