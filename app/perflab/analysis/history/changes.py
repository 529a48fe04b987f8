"""Change points in a series of nights, each of which measures the logarithm of a ratio.

The ratio is within a run, of two cells on the same machine, so that a slower machine changes both. What a machine still does to
the ratio is a random effect, one for all its nights. Nights of two revisions are each compared with a release; the next release
begins at a level of its own, which is no change. After each night the steps that could have begun within the last BACK
nights are fitted in turn, by generalised least squares with an autocorrelation of order 1 (Prais & Winsten, "Trend estimators
and serial correlation", 1954), beside the machines and the changes that are told already; the best of them is a change if its t
value is beyond LIMIT, a standard normal quantile. The autocorrelation is that of the residuals beside the step, corrected for its
bias in short series (Marriott & Pope, Biometrika 1954) and drawn towards PRIOR by as much as WEIGHT nights say.

One night alone is never a change: more than two thirds of the nights since then have to lie on the same side, by half as much;
and a night that sticks out among its neighbours counts only so far. So many steps are tried on so many nights that LIMIT comes
from a simulation: it keeps false alarms at 5% or less of series of 60 nights (`make selftest ARGS=history` prints them).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from perflab.analysis.stats.pairs import Floats

# So many nights have to be there before a change can be told from them; and between two changes.
LEAST, BETWEEN = 8, 3
# The nights of a change: at least 2, at most BACK when it is told first.
NEWEST, BACK = 2, 14
LIMIT = 4.0
PRIOR, WEIGHT, MOST_CORRELATED = 0.6, 40, 0.8
# The standard deviation of what a machine does to a logarithm of a ratio; and the least of what nights vary by.
BY_MACHINE, LEAST_NOISE = 0.01, 0.001
# How many standard deviations of a night from its neighbours count.
MOST_AWAY = 5.0


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


@dataclass(frozen=True, slots=True)
class _Fit:
    """Steps by their candidates: size, standard error, and the degrees of freedom."""

    sizes: Floats
    errors: Floats
    freedom: int

    def deviations(self) -> Floats:
        """Return how far each step is from 0, as a standard normal quantile."""
        p_values = 2 * special.stdtr(self.freedom, -np.abs(self.sizes) / self.errors)
        return np.asarray(-special.ndtri(np.maximum(p_values / 2, 1e-300)))


def change_points(
    logs: Sequence[float],
    machines: Sequence[str | None] | None = None,
    bases: Sequence[str | None] | None = None,
) -> list[ChangePoint]:
    """Return the change points of a series, the oldest first. 60 nights take 10 ms.

    Args:
        logs: The logarithm of each night's ratio, finite.
        machines: The machine of each night; None where it never changes.
        bases: The older revision of each night, that of the last release; None where it never changes.
    """
    series = _Series(
        np.asarray(logs, dtype=np.float64),
        list(machines) if machines is not None else [None] * len(logs),
        list(bases) if bases is not None else [None] * len(logs),
    )
    starts: list[int] = []
    for nights in range(LEAST + NEWEST, len(logs) + 1):
        night = _begun(series.until(nights), starts)
        if night is not None:
            starts.append(night)
    return [_described(series, starts, place) for place in range(len(starts))]


@dataclass(frozen=True, slots=True)
class _Series:
    """Nights: their values, machines and bases."""

    values: Floats
    machines: list[str | None]
    bases: list[str | None]

    def until(self, nights: int) -> _Series:
        return _Series(self.values[:nights], self.machines[:nights], self.bases[:nights])

    def of_this_base(self) -> int:
        """Return the first of the last nights that have the same base."""
        return next((night + 1 for night in reversed(range(len(self.bases))) if self.bases[night] != self.bases[-1]), 0)


def _begun(series: _Series, starts: Sequence[int]) -> int | None:
    """Return the night on which a further change began; None if there is none."""
    nights, base = len(series.values), series.of_this_base()
    first = max(LEAST, nights - BACK, starts[-1] + BETWEEN if starts else 0, base + 1)
    candidates = list(range(first, nights - NEWEST + 1))
    fit = _fitted(series, starts, candidates) if candidates else None
    if fit is None:
        return None
    deviations = fit.deviations()
    best = int(deviations.argmax())
    if deviations[best] <= LIMIT:
        return None
    night, size = candidates[best], float(fit.sizes[best])
    values = tamed(series.values)
    before = values[max(starts[-1] if starts else 0, base) : night]
    away = (values[night:] - np.median(before)) * np.sign(size)
    return night if (away >= abs(size) / 2).mean() > 2 / 3 else None


def _described(series: _Series, starts: Sequence[int], place: int) -> ChangePoint:
    """Return a change with its size, as all nights together show it."""
    nights, night = len(series.values), starts[place]
    fit = _fitted(series, [start for start in starts if start != night], [night])
    if fit is None:
        raise ValueError(f"no step at {night}")  # it was one when it was found, with fewer nights
    size, reach = float(fit.sizes[0]), float(fit.errors[0] * special.stdtrit(fit.freedom, 0.975))
    # Where exactly a change began is uncertain by a night.
    around = range(night - 1, min(night + 2, nights))
    moved = any(series.machines[each] != series.machines[each - 1] for each in around)
    until = [*starts, nights][place + 1]
    return ChangePoint(night, until, math.exp(size), math.exp(size - reach), math.exp(size + reach), moved)


def _fitted(series: _Series, starts: Sequence[int], candidates: Sequence[int]) -> _Fit | None:
    """Fit a step at each of the candidates beside machines, bases and earlier changes; None where none can be told from these.

    Args:
        series: The nights.
        starts: The first nights of the changes that are there already.
        candidates: The nights that the further step may begin on.
    """
    values, steps = tamed(series.values), _steps(len(series.values), candidates)
    machines, bases = _indicators(series.machines), _indicators(series.bases)
    beside = np.column_stack([bases, _steps(len(values), starts)])
    nights, freedom = len(values), len(values) - beside.shape[1] - 1
    if freedom < 3:
        return None
    # Independent nights first, for the residuals that the autocorrelation is estimated from.
    sizes, squares, residuals, rest = _regressed(np.column_stack([beside, machines]), steps, values)
    best = int(np.argmax(np.abs(sizes) * np.sqrt(squares)))
    r = correlation(residuals - sizes[best] * rest[:, best])
    noise = max(math.sqrt(float(((residuals - sizes[best] * rest[:, best]) ** 2).mean()) * (1 - r * r)), LEAST_NOISE)
    # A random effect is a further observation: that it is 0, give or take BY_MACHINE.
    number = machines.shape[1]
    design = np.vstack(
        [
            _whitened(np.column_stack([beside, machines]), r),
            np.column_stack([np.zeros((number, beside.shape[1])), np.eye(number) * noise / BY_MACHINE]),
        ]
    )
    extended = np.vstack([_whitened(steps, r), np.zeros((number, steps.shape[1]))])
    observed = np.concatenate([_whitened(values, r), np.zeros(number)])
    sizes, squares, residuals, rest = _regressed(design, extended, observed)
    left = np.maximum((residuals**2).sum() - sizes**2 * squares, nights * LEAST_NOISE**2)
    usable = squares > 1e-9
    if not usable.any():
        return None
    errors = np.sqrt(left / freedom / np.where(usable, squares, 1.0))
    return _Fit(np.where(usable, sizes, 0.0), errors, freedom)


def _regressed(design: Floats, steps: Floats, observed: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the size of each step by itself beside the design, the sum of squares it rests on, and what the design leaves.

    By the theorem of Frisch and Waugh (Econometrica 1933): all steps at the cost of one decomposition.
    """
    left, singular, _ = np.linalg.svd(design, full_matrices=False)
    basis = left[:, singular > 1e-9 * singular[0]]
    residuals, rest = (part - basis @ (basis.T @ part) for part in (observed, steps))
    squares = (rest**2).sum(axis=0)
    sizes = np.where(squares > 1e-9, rest.T @ residuals / np.maximum(squares, 1e-9), 0.0)
    return sizes, squares, residuals, rest


def _whitened(columns: Floats, r: float) -> Floats:
    """Return what of each night does not follow from the night before."""
    out = columns.copy()
    out[1:] -= r * columns[:-1]
    out[0] *= math.sqrt(1 - r * r)
    return out


def _steps(nights: int, starts: Sequence[int]) -> Floats:
    return (np.arange(nights)[:, None] >= np.asarray(starts, dtype=np.int64)[None, :]).astype(np.float64)


def _indicators(machines: Sequence[Hashable]) -> Floats:
    names = list(dict.fromkeys(machines))
    return np.array([[float(machine == name) for name in names] for machine in machines])


def tamed(values: Floats) -> Floats:
    """Return nights of which none is farther than MOST_AWAY standard deviations from the median of itself and its neighbours.

    Args:
        values: The nights; the last one has no neighbour after it, and stays.
    """
    if len(values) < LEAST:
        return values
    # Of successive differences, so that a step adds to one of them only.
    deviation = max(1.4826 * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2), LEAST_NOISE)
    middle = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    out = values.copy()
    out[1:-1] = np.clip(values[1:-1], middle - MOST_AWAY * deviation, middle + MOST_AWAY * deviation)
    return out


def correlation(residuals: Floats) -> float:
    """Return the correlation of successive nights, between 0 and MOST_CORRELATED; of few nights about PRIOR.

    Args:
        residuals: What of each night nothing else explains.
    """
    n = len(residuals)
    squares = float((residuals**2).sum())
    if n < LEAST or squares < n * 1e-16:
        return PRIOR
    estimate = float((residuals[1:] * residuals[:-1]).sum()) / squares
    corrected = (estimate * n + 1) / (n - 3)
    return min(max((corrected * n + PRIOR * WEIGHT) / (n + WEIGHT), 0.0), MOST_CORRELATED)
