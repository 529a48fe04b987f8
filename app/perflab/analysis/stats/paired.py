"""The typical change: how much longer the same request takes in one cell than in another, as a median of paired ratios.

A mean of service times is decided by the few requests that something else on the machine has interrupted: from round to round
it varies several times as much as what a typical request takes. Each request is replayed in both cells, so its ratio cancels
what it is about, and the median over requests ignores interruptions, which hit either side (Bulej et al., "Duet benchmarking",
ICPE 2020). It says nothing about a change of less than half of an endpoint's requests: the mean and the CPU time do.
"""

from __future__ import annotations

import numpy as np

from perflab.analysis.stats.intervals import detectable, p_value, t_interval
from perflab.analysis.stats.pairs import Floats, Ints
from perflab.analysis.stats.ratios import RatioInterval
from perflab.analysis.stats.statistics import count, quantile


def paired_interval(
    before: Floats, after: Floats, codes: Ints, round_of: Ints, size: int, rounds: int, confidence: float = 0.95
) -> tuple[Ints, RatioInterval]:
    """Return the number of pairs of each group, and the typical ratio after / before with its t interval over rounds.

    A round's ratio is the median over the group's requests, and the estimate is the geometric mean of the rounds'.

    Args:
        before: The metric in the baseline, by pair; a pair whose values are not both above 0 is left out.
        after: The same in the candidate.
        codes: The group of each pair, from 0.
        round_of: The round of each pair, from 0.
        size: The number of groups.
        rounds: The number of rounds.
        confidence: The coverage of each interval, between 0 and 1.
    """
    chosen = (before > 0) & (after > 0)
    ratios = np.log(after[chosen] / before[chosen])
    medians = quantile(0.5)(ratios, codes[chosen] * rounds + round_of[chosen], size * rounds)
    interval = t_interval(medians.reshape(size, rounds), confidence)
    error, number = interval.standard_error, interval.rounds
    return count(codes[chosen], size), RatioInterval(
        ratio=np.exp(interval.mean),
        low=np.exp(interval.low),
        high=np.exp(interval.high),
        standard_error=error,
        rounds=number,
        log=np.ones(size, dtype=bool),
        p_value=p_value(interval.mean, error, number),
        mde=np.expm1(detectable(error, number, confidence)),
    )
