"""Figures of claims and effects for people: a value, its interval, its levels, as parts that are joined when displayed.

A ratio of effects becomes a reduction here, once; a claim's estimate is a reduction already, and is displayed as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from perflab import units
from perflab.run.metrics import metric_of, title_of, unit_of
from perflab.run.records import ClaimResult, Effect
from perflab.units import UNKNOWN

SAME = "no change"


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
    return units.in_unit(claim.before, unit), units.in_unit(claim.after, unit)


def change(effect: Effect) -> EstimateText:
    """Return how the candidate compares: `94.5% less` with `93.9 to 95.0%`, or a multiple where it more than doubles."""
    if effect.ratio is None:
        return EstimateText(_difference(effect))
    return relative(effect.ratio, effect.low, effect.high)


def relative(ratio: float, low: float | None = None, high: float | None = None) -> EstimateText:
    """Return a ratio as a change: `94.5% less`, `2.88 times as much`, with its interval.

    Args:
        ratio: After / before.
        low: The lower end of its interval; None if there is no interval.
        high: The upper end of its interval.
    """
    ends = None if low is None or high is None else (low, high)
    if ratio > 2:
        interval = f"{units.significant(ends[0])} to {units.significant(ends[1])} times" if ends else ""
        return EstimateText(f"{units.significant(ratio)} times as much", interval)
    return _reduction(1 - ratio, (1 - ends[1], 1 - ends[0]) if ends else None)


def pace(ratio: float) -> str:
    """Return what a ratio of times makes something take: `19.3% more time`, `2.73 times as long`, `1.1% less time`."""
    if ratio > 2:
        return f"{units.significant(ratio)} times as long"
    if abs(ratio - 1) < 0.0005:
        return "the same time"
    return f"{_digits(abs(ratio - 1))}% {'less' if ratio < 1 else 'more'} time"


def paced(effect: Effect) -> EstimateText:
    """Return what an effect on times makes something take, with its interval: `1.1% less time (0.9 to 1.3%)`."""
    return EstimateText(pace(effect.ratio), change(effect).interval) if effect.ratio else change(effect)


def _reduction(value: float, ends: tuple[float, float] | None = None) -> EstimateText:
    """How much less: a share of what was there before, negative where it is more; with the ends of its interval."""
    size = SAME if abs(value) < 0.0005 else f"{_digits(abs(value))}% {'less' if value > 0 else 'more'}"
    if ends is None:
        return EstimateText(size)
    low, high = ends
    if low >= 0:
        return EstimateText(size, f"{_digits(low)} to {_digits(high)}%")
    if high <= 0:
        return EstimateText(size, f"{_digits(-high)} to {_digits(-low)}%")
    return EstimateText(size, f"{_digits(high)}% less to {_digits(-low)}% more")


def _difference(effect: Effect) -> str:
    if effect.difference is None:
        return UNKNOWN
    sign = "+" if effect.difference > 0 else ""
    return f"{sign}{units.in_unit(effect.difference, unit_of(effect.metric))}" if effect.difference else SAME


def _digits(share: float) -> str:
    percent = share * 100
    if percent >= 100:
        return f"{percent:,.0f}"
    return f"{percent + 0.0:.1f}" if percent < 99.95 else f"{percent:.2f}"


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
        return _reduction(claim.estimate, ends)
    unit = unit_of(claim.metric)
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
        return f"rose to {units.significant(effect.ratio)} times its former value{interval}"
    return f"{'fell' if effect.ratio < 1 else 'rose'} by {_digits(abs(effect.ratio - 1))}%{interval}"


def reverse(effect: Effect) -> Effect:
    """Return an effect from its other side: from the candidate back to the baseline."""
    ratio, low, high = (1 / value if value else None for value in (effect.ratio, effect.high, effect.low))
    return replace(effect, ratio=ratio, low=low, high=high, before=effect.after, after=effect.before)
