"""Checks of claims: whether what a claim is about got worse from one run to the other.

A verdict may change because an interval became narrower, and nothing else did. So a claim is worse only if its verdict is worse
and the two estimates differ by more than their intervals explain. The interval of the difference is made of both runs' (MOVER:
Zou & Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 2008), which holds for skewed
ones, too. It takes the runs as independent; they replay the same traffic, so that it is rather too wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot

from scipy import special

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.gate.timed import strict
from perflab.analysis.stats.families import simultaneous
from perflab.run.metrics import metric_of
from perflab.run.records import ClaimResult, ClaimVerdict

OPEN: tuple[ClaimVerdict, ...] = ("inconclusive", "not measured")
# From the best to the worst.
ORDER: tuple[ClaimVerdict, ...] = ("supported", "inconclusive", "refuted")


def claimed(
    claims: Sequence[ClaimResult], before: Sequence[ClaimResult] | None, confidence: float = 0.95
) -> Iterator[GateCheck]:
    """Yield a check for each claim of a run.

    Args:
        claims: The claims as the run judges them.
        before: As the baseline does; None without one.
        confidence: Of the claims' intervals, 0..1.
    """
    earlier = {claim.id: claim for claim in before or ()}
    each = simultaneous(strict(confidence), len(claims))
    for claim in claims:
        yield _claim(claim, earlier.get(claim.id), confidence, each)


def _claim(claim: ClaimResult, before: ClaimResult | None, confidence: float, each: float) -> GateCheck:
    """Return a claim as a check. Without an earlier one that states the same, a refuted claim is worse."""
    verdict: Verdict = "inconclusive" if claim.verdict in OPEN else "fine"
    text = f"{claim.statement}: {claim.verdict}"
    if before is None or not _same(claim, before):
        verdict = "worse" if claim.verdict == "refuted" else verdict
        text += " (in the baseline: another bound)" if before is not None and claim.verdict == "refuted" else ""
    elif claim.verdict == before.verdict:
        verdict = "fine" if claim.verdict == "refuted" else verdict
        text += ", as it was in the baseline"
    elif _is_lower(claim.verdict, before.verdict):
        change = _worsened(claim, before, confidence, each)
        text += f" (in the baseline: {before.verdict})"
        if change is None:
            verdict = "worse" if claim.verdict == "refuted" and metric_of(claim.metric).exact else "inconclusive"
            text += "; whether it changed is unknown"
        elif change:
            verdict = "worse"
            text += f"; it changed from {before.estimate:.4g} to {claim.estimate:.4g}, more than both intervals explain"
        else:
            verdict = "fine" if claim.verdict == "refuted" else verdict
            text += "; the two estimates differ by no more than their intervals explain"
    reason = f" {claim.reason}" if claim.reason else ""
    return GateCheck(
        f"claim {claim.id}", "claim", verdict, f"{text}.{reason}", claim.estimate,
        before=None if before is None else before.estimate, low=claim.low, high=claim.high, n=claim.n, rounds=claim.rounds,
    )  # fmt: skip


def _is_lower(verdict: ClaimVerdict, before: ClaimVerdict) -> bool:
    """Return whether a verdict is worse than another; of what was not measured before, only refuted is."""
    if "not measured" in (verdict, before):
        return verdict == "refuted"
    return ORDER.index(verdict) > ORDER.index(before)


def _worsened(claim: ClaimResult, before: ClaimResult, confidence: float, each: float) -> bool | None:
    """Return whether a claim's figure became worse beyond chance; None where an interval is missing."""
    ends = [_towards_bound(side) for side in (claim, before)]
    if ends[0] is None or ends[1] is None:
        return None
    (new, _, new_high), (old, old_low, _) = ends[0], ends[1]
    fall = old - new  # as figures of which more is better
    allowed = hypot(
        (old - old_low) * _wider(before, confidence, each), (new_high - new) * _wider(claim, confidence, each)
    )
    return fall > allowed


def _towards_bound(claim: ClaimResult) -> tuple[float, float, float] | None:
    """Return estimate and interval as figures of which more is better; None where one is unknown."""
    if claim.estimate is None or claim.low is None or claim.high is None:
        return None
    if claim.direction == "at_least":
        return claim.estimate, claim.low, claim.high
    if claim.direction == "at_most":
        return -claim.estimate, -claim.high, -claim.low
    distances = sorted(abs(end - claim.bound) for end in (claim.low, claim.high))
    nearest = 0.0 if claim.low <= claim.bound <= claim.high else distances[0]
    return -abs(claim.estimate - claim.bound), -distances[1], -nearest


def _wider(claim: ClaimResult, confidence: float, each: float) -> float:
    """Return by how much an interval is wider where all claims' hold at once."""
    if claim.rounds < 2:
        return 1.0
    quantiles = special.stdtrit(claim.rounds - 1, [0.5 + each / 2, 0.5 + confidence / 2])
    return float(quantiles[0] / quantiles[1])


def _same(claim: ClaimResult, before: ClaimResult) -> bool:
    """Return whether two claims of the same identifier state the same."""
    stated = [(each.metric, each.direction, each.bound, each.scope) for each in (claim, before)]
    return stated[0] == stated[1]
