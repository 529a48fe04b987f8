"""Stopping once claims are decided: which are open after each round, and which of them the rounds left could still decide.

Each look at a claim may decide it wrongly. So a run that is looked at after every round has intervals of a higher confidence, so
that they cover in 95% of runs wherever it stops (stopping.py has the table).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from perflab.analysis.effects.stopping import MIN_ROUNDS_TO_STOP, confidence_of
from perflab.analysis.summary import arranged, judge
from perflab.run.metrics import metric_of
from perflab.run.records import ClaimResult
from perflab.run.store import Run


def may_stop(run: Run, rounds: int) -> bool:
    """Tell whether a run may stop: each claim is decided, or the rounds left could not decide it.

    Args:
        run: The rounds so far, as they are saved.
        rounds: How many rounds the run has at most.
    """
    if run.samples["round"].nunique() < MIN_ROUNDS_TO_STOP:
        return False
    so_far = replace(run, meta={**run.meta, "status": "complete"})
    results, _ = judge(so_far, arranged(so_far))
    measured = [result for result in results if result.verdict != "not measured" and result.rounds]
    confidence = confidence_of(run.meta)
    return bool(measured) and all(
        result.verdict != "inconclusive" or is_hopeless(result, rounds, confidence) for result in measured
    )


def is_hopeless(claim: ClaimResult, rounds: int, confidence: float) -> bool:
    """Tell whether a claim would stay open to the last round, even if its estimate moved away from the bound by a standard error.

    Args:
        claim: The claim so far.
        rounds: How many rounds the run has at most.
        confidence: The confidence of its interval, 0..1.
    """
    ends = (claim.low, claim.high, claim.estimate)
    if None in ends or claim.rounds < MIN_ROUNDS_TO_STOP or claim.rounds >= rounds:
        return claim.rounds >= rounds
    low, high, estimate, bound = _on_scale(claim)
    quantiles = special.stdtrit(np.array([claim.rounds, rounds]) - 1, 0.5 + confidence / 2)
    error = (high - low) / 2 / quantiles[0]
    reach = error * np.sqrt(claim.rounds / rounds) * quantiles[1]
    return bool(abs(estimate - bound) + error < reach)


def _on_scale(claim: ClaimResult) -> Sequence[float]:
    """Return the ends, the estimate and the bound where they are symmetric: a reduction as the logarithm of its ratio."""
    figures = np.array([claim.low, claim.high, claim.estimate, claim.bound], dtype=float)
    if metric_of(claim.metric).kind != "reduction" or (figures >= 1).any():
        return [float(each) for each in figures]
    low, high, estimate, bound = -np.log1p(-figures)
    return [float(low), float(high), float(estimate), float(bound)]
