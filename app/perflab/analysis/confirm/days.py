"""What production's days before and after a deployment say of a change: a difference in differences of logarithms.

A day is the unit: requests of one day share load, data and machine, so that a million of them are no million observations. Of
each day's logarithm of an endpoint's time the mean of the controls' is subtracted: endpoints that the deployment leaves alone
show what else happened on that day, to load or machine (Card & Krueger, American Economic Review 1994; for days as clusters:
Bertrand, Duflo & Mullainathan, "How much should we trust differences-in-differences estimates?", Quarterly Journal of
Economics 2004).

What remains from day to day may still depend on the day before. The variance of a mean is therefore multiplied by (1 + r) /
(1 - r), r being the correlation of successive days, and the days count as (1 - r) / (1 + r) of their number (Bartlett 1935;
Bayley & Hammersley, "The effective number of independent observations in an autocorrelated time series", 1946). r is
estimated from all endpoints together, corrected for its bias in short series (Marriott & Pope, Biometrika 1954), and taken as
0 where it is below; fewer than five days have none that could be estimated, and 0.5 is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from perflab.analysis.stats.pairs import Floats

# Below, an interval says nothing: two days give one 13 standard errors wide, and a day is not like the next.
MIN_DAYS = 3
MAX_CORRELATION = 0.9
# Fewer days cannot tell how they depend on each other: then so much is assumed.
ENOUGH_DAYS, ASSUMED = 5, 0.5

# The logarithm of something by day, which is a number of days since any day.
Days = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A logarithm of a ratio with its standard error and degrees of freedom; None where there are too few days for these.

    Attributes:
        log: The estimate.
        error: Its standard error.
        freedom: Its degrees of freedom.
        days: How many days it rests on, before and after.
    """

    log: float
    error: float | None
    freedom: float | None
    days: tuple[int, int] = (0, 0)

    @property
    def ratio(self) -> float:
        """The ratio."""
        return math.exp(self.log)

    def interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Return the ends of the t interval of the ratio; None where there are too few days."""
        if self.error is None or self.freedom is None:
            return None
        reach = self.error * float(special.stdtrit(self.freedom, 0.5 + confidence / 2))
        return math.exp(self.log - reach), math.exp(self.log + reach)


def total(*estimates: Estimate) -> Estimate:
    """Return the sum of independent logarithms, with degrees of freedom by Welch and Satterthwaite (Biometrics Bulletin 1946).

    Args:
        estimates: The logarithms; one without an error leaves the sum without one. The days are those of the first.
    """
    log, days = math.fsum(each.log for each in estimates), estimates[0].days
    parts = [(each.error**2, each.freedom) for each in estimates if each.error is not None and each.freedom is not None]
    variance = math.fsum(square for square, _ in parts)
    if len(parts) < len(estimates):
        return Estimate(log, None, None, days)
    if not variance:
        return Estimate(log, 0.0, min(freedom for _, freedom in parts), days)
    freedom = variance**2 / math.fsum(square**2 / freedom for square, freedom in parts)
    return Estimate(log, math.sqrt(variance), freedom, days)


def changes(
    before: Mapping[str, Days], after: Mapping[str, Days], controls: Collection[str] = ()
) -> dict[str, Estimate | None]:
    """Return how each endpoint changed beside the controls, which have no estimate of their own.

    Args:
        before: The logarithm of each endpoint's time by day, before the deployment.
        after: The same after it.
        controls: The endpoints that the deployment leaves alone; without them, nothing is subtracted.

    Returns:
        The change of each endpoint; None where a period has no day of it.
    """
    names = [name for name in dict.fromkeys([*before, *after]) if name not in controls]
    common = [_mean_of(period, controls) for period in (before, after)]
    series = {
        name: [_without(period.get(name, {}), of_controls if controls else None)
               for period, of_controls in zip((before, after), common, strict=True)]
        for name in names
    }  # fmt: skip
    correlation = correlation_of([side for sides in series.values() for side in sides])
    return {name: _difference(sides[0], sides[1], correlation) for name, sides in series.items()}


def moved(before: Mapping[str, Days], after: Mapping[str, Days], controls: Collection[str]) -> Estimate | None:
    """Return how the controls changed together: what is subtracted from all others. None where a period has no day of them.

    Args:
        before: The logarithm of each endpoint's time by day, before the deployment.
        after: The same after it.
        controls: The endpoints that the deployment leaves alone.
    """
    sides = [_mean_of(period, controls) for period in (before, after)]
    return _difference(sides[0], sides[1], correlation_of(sides)) if controls else None


def _mean_of(period: Mapping[str, Days], names: Collection[str]) -> dict[int, float]:
    """Return the mean over endpoints by day, on the days that have all of them: others would shift it by themselves."""
    members = [period.get(name, {}) for name in names]
    shared = set.intersection(*(set(days) for days in members)) if members else set()
    return {day: math.fsum(days[day] for days in members) / len(members) for day in sorted(shared)}


def _without(days: Days, common: Days | None) -> dict[int, float]:
    if common is None:
        return dict(days)
    return {day: value - common[day] for day, value in days.items() if day in common}


def correlation_of(series: Sequence[Days]) -> float:
    """Return the correlation of successive days, over all series together, between 0 and MAX_CORRELATION; or what is assumed.

    Args:
        series: The values by day; each series has a mean of its own.
    """
    products = squares = 0.0
    pairs = size = 0
    for days in series:
        if len(days) < MIN_DAYS:
            continue
        mean = math.fsum(days.values()) / len(days)
        away = {day: value - mean for day, value in days.items()}
        squares += math.fsum(value * value for value in away.values()) / len(away)
        following = [value * away[day + 1] for day, value in away.items() if day + 1 in away]
        products += math.fsum(following) / max(len(following), 1)
        pairs, size = pairs + bool(following), size + len(days)
    if not pairs or not squares:
        return ASSUMED
    length = size / sum(len(days) >= MIN_DAYS for days in series)
    estimate = products / squares
    # its expectation is r - (1 + 3 r) / n: of seven independent days it is -0.14
    if length < ENOUGH_DAYS:
        return ASSUMED
    return min(max((estimate + 1 / length) / (1 - 3 / length), 0.0), MAX_CORRELATION)


def _difference(before: Days, after: Days, correlation: float) -> Estimate | None:
    """Return after - before with Welch's error: the two periods need not vary alike (Biometrika 1947)."""
    sides: list[Floats] = [np.array(list(days.values()), dtype=np.float64) for days in (before, after)]
    sizes = (len(sides[0]), len(sides[1]))
    if min(sizes) == 0:
        return None
    log = float(sides[1].mean() - sides[0].mean())
    if min(sizes) < MIN_DAYS:
        return Estimate(log, None, None, sizes)
    inflation = (1 + correlation) / (1 - correlation)
    variances = [float(side.var(ddof=1)) / len(side) * inflation for side in sides]
    freedoms = [max(size / inflation - 1, 1.0) for size in sizes]
    if not any(variances):  # days that agree by chance, to the last digit, are no certainty
        return Estimate(log, None, None, sizes)
    means = [
        Estimate(sign * float(side.mean()), math.sqrt(variance), freedom, sizes)
        for sign, side, variance, freedom in zip((-1, 1), sides, variances, freedoms, strict=True)
    ]
    return total(*means)
