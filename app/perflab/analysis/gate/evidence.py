"""Evidence of a slow-down between two runs: the log ratio new / old of processes, and what it varies by.

In each round every cell is a process of its own, on a clone of its own: processes are what is replicated. Their log ratios vary
within a round as processes do, which many of them tell even in a run of three rounds. What varies from round to round beyond
that shows in the rounds' means; the standard error is the larger of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from perflab.analysis.stats.pairs import Floats, Ints


@dataclass(frozen=True)
class Evidence:
    """A mean log ratio with its standard error and degrees of freedom; NaN where there is too little to tell."""

    mean: float
    standard_error: float
    freedom: float
    rounds: int

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the ends of the t interval, as ratios."""
        reach = self.standard_error * float(special.stdtrit(self.freedom, 0.5 + confidence / 2))
        return float(np.exp(self.mean - reach)), float(np.exp(self.mean + reach))

    def detectable(self, confidence: float, power: float = 0.8) -> float:
        """Return the log ratio beyond the margin that is found with this power (Bloom, Evaluation Review 1995).

        Args:
            confidence: That of the interval.
            power: The probability.
        """
        quantiles = special.stdtrit(self.freedom, 0.5 + confidence / 2) + special.stdtrit(self.freedom, power)
        return float(self.standard_error * quantiles)


NOTHING = Evidence(np.nan, np.nan, np.nan, 0)


def against_reference(cells: Floats, pace: Floats, pace_variance: Floats) -> Evidence:
    """Return the evidence of cells against the calibration request, which is a process, too, and varies as they do.

    Args:
        cells: Log ratios, rounds by cells; NaN where unknown.
        pace: The calibration request's, of each round.
        pace_variance: The variance of that from one request to the next; NaN where it is unknown.
    """
    taken = np.isfinite(pace) & np.isfinite(cells).any(axis=1)
    cells, pace, pace_variance = cells[taken], pace[taken], pace_variance[taken]
    rounds = len(pace)
    if not rounds:
        return NOTHING
    per_round = np.nanmean(cells, axis=1) - pace
    members = np.isfinite(cells).sum(axis=1)
    spread, freedom = _within(cells, members)
    if not freedom or not np.isfinite(pace_variance).all():
        return _evidence(per_round, np.nan, np.nan)
    own = spread * (1 + 1 / members).sum() / rounds**2
    requests = float(pace_variance.sum()) / rounds**2
    # Satterthwaite, Biometrics Bulletin 1946. The requests of a round are at least two.
    total = own + requests
    degrees = total**2 / (own**2 / freedom + requests**2 / rounds) if total else freedom
    return _evidence(per_round, total, degrees)


def between(candidates: Floats, others: Floats) -> Evidence:
    """Return the evidence of some cells against others of the same rounds.

    Args:
        candidates: Log ratios, rounds by cells; NaN where unknown.
        others: The same of the cells that they are compared with.
    """
    taken = np.isfinite(candidates).any(axis=1) & np.isfinite(others).any(axis=1)
    candidates, others = candidates[taken], others[taken]
    rounds = len(candidates)
    if not rounds:
        return NOTHING
    per_round = np.nanmean(candidates, axis=1) - np.nanmean(others, axis=1)
    sides = [(side, np.isfinite(side).sum(axis=1)) for side in (candidates, others)]
    spreads = [_within(side, members) for side, members in sides]
    freedom = sum(f for _, f in spreads)
    if not freedom:
        return _evidence(per_round, np.nan, np.nan)
    pooled = sum(s * f for s, f in spreads if f) / freedom
    variance = pooled * sum(float((1 / members).sum()) for _, members in sides) / rounds**2
    return _evidence(per_round, variance, freedom)


def of_processes(values: Floats) -> Evidence:
    """Return the evidence of log ratios that need no further comparison.

    Args:
        values: Log ratios, rounds by cells; NaN where unknown.
    """
    values = values[np.isfinite(values).any(axis=1)]
    members = np.isfinite(values).sum(axis=1)
    if not len(members):
        return NOTHING
    finite = values[np.isfinite(values)]
    freedom = len(finite) - 1
    variance = float(finite.var(ddof=1)) * float((1 / members).sum()) / len(members) ** 2 if freedom else np.nan
    return _evidence(np.nanmean(values, axis=1), variance, freedom)


def _within(values: Floats, members: Ints) -> tuple[float, int]:
    """Return the variance of processes within rounds, and its degrees of freedom."""
    freedom = int((members - 1).sum())
    if freedom <= 0:
        return np.nan, 0
    centred = values - np.nanmean(values, axis=1)[:, None]
    return float(np.nansum(centred**2)) / freedom, freedom


def _evidence(per_round: Floats, variance: float, freedom: float) -> Evidence:
    """Return the mean over rounds with the larger of two standard errors: that of processes, and that of rounds."""
    rounds = len(per_round)
    of_rounds = float(per_round.var(ddof=1)) / rounds if rounds > 1 else np.nan
    if np.isnan(variance):
        variance, freedom = of_rounds, rounds - 1
    error = float(np.sqrt(np.nanmax([variance, of_rounds]))) if np.isfinite([variance, of_rounds]).any() else np.nan
    return Evidence(float(per_round.mean()), error, float(freedom), rounds)
