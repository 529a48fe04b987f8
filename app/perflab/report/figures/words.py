"""The words of headlines and descriptions."""

from __future__ import annotations

from perflab.report.estimates import WIDE
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.records import Effect
from perflab.units import UNKNOWN, percent, significant, times

CELL_NAMES = {BASELINE: "all off", OPTIMISED: "all on"}


def cell(name: str) -> str:
    """Return a cell's name as figures write it."""
    return CELL_NAMES.get(name, name)


def cell_in_lines(name: str) -> str:
    """Return a cell's name for the head of a column, one factor per line."""
    return CELL_NAMES.get(name, name.replace("+", "\n+ "))


def mean(number: float | None) -> str:
    """Return a mean count, which is seldom a whole number."""
    return UNKNOWN if number is None or number != number else significant(number)


def change(ratio: float | None, low: float | None = None, high: float | None = None) -> str:
    """Return a ratio as a signed change: -94.2%, +3.1%, and 9.40× where it is more than double.

    Args:
        ratio: The ratio.
        low: The lower end of its interval, which decides how many digits count; None if there is none.
        high: The upper end of its interval.
    """
    if ratio is None:
        return UNKNOWN
    wide = low is not None and high is not None and high - low >= WIDE * max(ratio, 1.0)
    if ratio > 2:
        return times(ratio, 2 if wide else 3)
    digits = 2 if abs(ratio - 1) < 0.001 or ratio < 0.01 else 0 if wide and abs(ratio - 1) >= 0.01 else 1
    return f"{(ratio - 1) * 100:+.{digits}f}%".replace("-", "−")


def interval(low: float | None, high: float | None) -> str:
    """Return the 95% interval of a change from the ends of that of its ratio, or that there is none."""
    if low is None or high is None:
        return "no interval"
    if low == high:
        return "in every round"
    return f"{change(low, low, high)} to {change(high, low, high)}"


def fell(effect: Effect) -> str:
    """Return what a quantity did, by its verdict: fell by 94.2%, rose by 3.1%, stayed the same."""
    ratio = effect.ratio
    if effect.verdict == "equivalent":
        return "stayed the same within the margin"
    if ratio is None:
        return "rose from zero" if (effect.difference or 0) > 0 else "cannot be compared"
    if effect.verdict == "inconclusive":
        return f"did not change significantly ({change(ratio)} on average)"
    if ratio > 2:
        return f"rose to {significant(ratio)} times its former value"
    return f"{'fell' if ratio < 1 else 'rose'} by {percent(abs(1 - ratio))}"
