"""Evidence of a difference: a mean log ratio over rounds, such as new / old of two runs, and all that it varies by.

A run of three rounds says little about a standard error by its rounds alone. But in each round every cell is a process of its
own, and every slice and Step has a time of its own, and each of these tells how much it varies. The variance is the sum of what
they contribute, with Satterthwaite's degrees of freedom (Biometrics Bulletin 1946); where the rounds' own spread is larger,
that is taken instead of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from perflab.analysis.stats.pairs import Floats, Ints

# A log ratio this far off is no ratio that a float can hold.
WIDEST = 300.0


@dataclass(frozen=True)
class Part:
    """What one source contributes to the variance of a mean, and its degrees of freedom."""

    variance: float
    freedom: float


@dataclass(frozen=True)
class Evidence:
    """A mean log ratio with its standard error and degrees of freedom; NaN where there is too little to tell."""

    mean: float
    standard_error: float
    freedom: float
    rounds: int

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the ends of the t interval, as ratios; 0 and infinity where its width is unknown."""
        reach = self.standard_error * float(special.stdtrit(self.freedom, 0.5 + confidence / 2))
        if not reach < WIDEST:
            return 0.0, float("inf")
        return float(np.exp(self.mean - reach)), float(np.exp(self.mean + reach))

    def detectable(self, confidence: float, power: float = 0.8) -> float:
        """Return the log ratio beyond the margin that is found with this power (Bloom, Evaluation Review 1995).

        Args:
            confidence: That of the interval.
            power: The probability.
        """
        quantiles = special.stdtrit(self.freedom, 0.5 + confidence / 2) + special.stdtrit(self.freedom, power)
        return min(float(self.standard_error * quantiles), WIDEST)


NOTHING = Evidence(np.nan, np.nan, np.nan, 0)


def evidence_of(per_round: Floats, parts: Sequence[Part]) -> Evidence:
    """Return the evidence of one figure per round; NaN is a round without one.

    Args:
        per_round: Log ratios.
        parts: What the variance of their mean consists of; one that is NaN leaves only the rounds' spread.
    """
    per_round = per_round[np.isfinite(per_round)]
    rounds = len(per_round)
    if not rounds:
        return NOTHING
    mean = float(per_round.mean())
    of_rounds = float(per_round.var(ddof=1)) / rounds if rounds > 1 else np.nan
    total = sum(part.variance for part in parts)
    squares = sum(part.variance**2 / part.freedom for part in parts if part.freedom > 0)
    if not parts or np.isnan(total) or any(part.freedom <= 0 for part in parts):
        return Evidence(mean, float(np.sqrt(of_rounds)), rounds - 1.0, rounds)
    freedom = total**2 / squares if squares else float(sum(part.freedom for part in parts))
    return Evidence(mean, float(np.sqrt(np.nanmax([total, of_rounds]))), freedom, rounds)


def of_processes(values: Floats, processes_per_round: Floats | Ints | None = None) -> Part:
    """Return what processes contribute to the mean over rounds of their means.

    Args:
        values: Log ratios, rounds by cells; NaN where unknown.
        processes_per_round: By how many a round's variance is divided; None: by as many as it has.
    """
    values = values[np.isfinite(values).any(axis=1)]
    members = np.isfinite(values).sum(axis=1)
    freedom = int((members - 1).sum())
    if freedom <= 0:
        return Part(np.nan, 0)
    spread = float(np.nansum((values - np.nanmean(values, axis=1)[:, None]) ** 2)) / freedom
    divisors = members if processes_per_round is None else np.asarray(processes_per_round)
    return Part(spread * float((1 / divisors).sum()) / len(members) ** 2, freedom)


def of_steps(values: Floats, rounds: Ints) -> Part:
    """Return what Steps contribute to the mean over rounds of their means: a Step may be slow in all cells at once.

    Args:
        values: A figure per Step; NaN where unknown.
        rounds: The round of each, from 0.
    """
    finite = np.isfinite(values)
    values, rounds = values[finite], np.unique(rounds[finite], return_inverse=True)[1]
    if not len(values):
        return Part(np.nan, 0)
    n = np.bincount(rounds)
    freedom = len(values) - len(n)
    if freedom <= 0:
        return Part(np.nan, 0)
    centred = values - (np.bincount(rounds, values) / n)[rounds]
    return Part(float((centred**2).sum()) / freedom * float((1 / n).sum()) / len(n) ** 2, freedom)
