"""Change points in a series of nights, each of which measures the logarithm of a ratio.

The ratio is within a run, of two cells on the same machine, so that a slower machine changes both. After each night the mean of
the last two and of the last three is compared with that of all nights since the last change, by a t test whose error has two
parts: how the nights vary, and that a night resembles the one before. For an autoregressive series of order 1 with correlation r
the variance of a mean of n is about (1 + r) / (1 - r) times that of independent nights (Bayley & Hammersley, "The effective
number of independent observations in an autocorrelated time series", 1946); r is estimated from the nights before, corrected
for its bias in short series (Marriott & Pope, Biometrika 1954). One night alone is never a change: each of the last
nights has to lie on the same side.

A series is tested twice each night, so that the level of a test is far below 5%. LEVEL keeps false alarms at 5% or less of series
of 60 nights with correlations up to 0.6 (`make selftest ARGS=history` prints them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from perflab.analysis.stats.pairs import Floats

# So many nights have to be there before a change can be told from them.
LEAST = 6
WINDOWS = (2, 3)
LEVEL = 0.0005
MOST_CORRELATED, ASSUMED, ENOUGH = 0.8, 0.3, 20


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A night from which on a figure is another one.

    Attributes:
        night: The place of the first night with the new figure.
        until: The place behind the last night of it.
        ratio: The new figure / the old one.
        low: The lower end of its 95% interval.
        high: The upper end.
        other_machine: Whether the machine changed on the same night, or a night beside it, so that it may be the reason.
    """

    night: int
    until: int
    ratio: float
    low: float
    high: float
    other_machine: bool = False


def change_points(logs: Sequence[float], machines: Sequence[str | None] | None = None) -> list[ChangePoint]:
    """Return the change points of a series, the oldest first.

    Args:
        logs: The logarithm of each night's ratio, finite.
        machines: The machine of each night; None where it never changes.
    """
    values = np.asarray(logs, dtype=np.float64)
    starts = [0]
    for end in range(LEAST + WINDOWS[0], len(values) + 1):
        for window in WINDOWS:
            begin = end - window
            if begin - starts[-1] >= LEAST and _is_another(values[starts[-1] : begin], values[begin:end]):
                starts.append(begin)
                break
    changes = []
    for before, start, until in zip(starts, starts[1:], [*starts[2:], len(values)], strict=False):
        old, new = values[before:start], values[start:until]
        error, freedom = _error(old, len(new))
        difference = float(new.mean() - old.mean())
        reach = error * float(special.stdtrit(freedom, 0.975))
        # Where exactly a change began is uncertain by a night.
        around = range(start - 1, min(start + 2, len(values)))
        moved = machines is not None and any(machines[night] != machines[night - 1] for night in around)
        ratio, low, high = (math.exp(end) for end in (difference, difference - reach, difference + reach))
        changes.append(ChangePoint(start, until, ratio, low, high, moved))
    return changes


def _is_another(old: Floats, new: Floats) -> bool:
    """Tell whether the last nights are others: significantly on average, and each of them on that side by half as much."""
    away = new - old.mean()
    middle = away.mean()
    return bool((away * np.sign(middle) >= abs(middle) / 2).all()) and p_value(old, new) <= LEVEL


def p_value(old: Floats, new: Floats) -> float:
    """Return the probability that nights without a change differ as much.

    Args:
        old: The nights since the last change.
        new: The last nights.
    """
    error, freedom = _error(old, len(new))
    return float(2 * special.stdtr(freedom, -abs(float(new.mean() - old.mean())) / error))


def _error(old: Floats, size: int) -> tuple[float, float]:
    """Return the standard error of the difference between the means of these nights and of `size` others, and its freedom."""
    n = len(old)
    r = correlation(old)
    variance = max(float(old.var(ddof=1)), 1e-12)
    inflation = (1 + r) / (1 - r)
    following = sum((size - lag) * r**lag for lag in range(1, size))
    of_new = variance * (size + 2 * following) / size**2
    # The sample's own deviation is too small by what the nights have in common.
    unbiased = 1 / max(1 - (inflation - 1) / max(n - 1, 1), 0.25)
    return float(np.sqrt(unbiased * (of_new + variance * inflation / n))), max(n / inflation - 1, 2.0)


def correlation(nights: Floats) -> float:
    """Return the correlation of successive nights, between 0 and MOST_CORRELATED; of a short series at least ASSUMED.

    Args:
        nights: Their values.
    """
    away = nights - nights.mean()
    squares = float((away**2).sum())
    n = len(nights)
    estimate = float((away[1:] * away[:-1]).sum()) / squares if squares else 0.0
    corrected = (estimate + 1 / n) / (1 - 3 / n) if n > 3 else 0.0
    return min(max(corrected, ASSUMED if n < ENOUGH else 0.0), MOST_CORRELATED)
