"""Checks of times: of all_on, relative to the calibration request and through the contrast with all_off.

Times of different runs are not compared directly, because machines drift. Relative to the calibration request, drift that this
request shares cancels; through the contrast, everything that both cells share does. A change of all cells alike is therefore
detected by the first only, and drift that the calibration request does not share affects the first only. Each round is paired
with the same round of the other run, which replayed the same traffic on the same data; the rounds' log ratios have t intervals
(see intervals.py) that hold all at once (families.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, expm1, log1p

import numpy as np

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.gate.matched import MatchedRequests, MatchedSide
from perflab.analysis.stats.families import simultaneous
from perflab.analysis.stats.intervals import MIN_ROUNDS, detectable, t_interval
from perflab.analysis.stats.pairs import Bools, Floats
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.metrics import title_of
from perflab.units import percent, signed

METRICS = ("latency_s", "app_cpu_s", "db_cpu_s")
# The calibration request involves neither database nor cache; its service time is the machine's pace.
PACE = "latency_s"
WAYS = {
    "reference": (
        "relative to the calibration request",
        "A slow-down that also affects the calibration request cancels out.",
    ),
    "contrast": (
        f"relative to {BASELINE}",
        f"A change common to all cells cancels out; a faster {BASELINE} looks like a slower {OPTIMISED}.",
    ),
}


FASTER_BASELINE = f"{OPTIMISED} itself is not slower relative to the calibration request: {BASELINE} became faster."


@dataclass(frozen=True)
class Compared:
    """One metric compared one way: the log ratio new / old of each round, and the number of matched Steps."""

    metric: str
    way: str
    per_round: Floats
    n: int

    @property
    def name(self) -> str:
        """The name of the check."""
        return f"{title_of(self.metric)} {WAYS[self.way][0]}"

    @property
    def rounds(self) -> int:
        """The number of rounds with a ratio."""
        return int(np.isfinite(self.per_round).sum())


def times(
    matched: MatchedRequests,
    margin: float,
    refused: Sequence[str] = (),
    confidence: float = 0.95,
    metrics: Sequence[str] = METRICS,
) -> Iterator[GateCheck]:
    """Yield a check per metric and way.

    Worse only if the whole interval lies above 1 + margin; fine if it ends below; inconclusive otherwise. A contrast that is
    worse while all_on itself is fine relative to the calibration request shows that all_off became faster, and is fine, too.

    Args:
        matched: The matched requests of both runs.
        margin: The margin, relative.
        refused: Reasons not to draw a verdict: machines that differ, controls that failed.
        confidence: The confidence of all intervals at once, 0..1.
        metrics: Columns of the samples.
    """
    fine: set[str] = set()
    comparisons = [_compared(matched, metric, way) for way in WAYS for metric in metrics]
    reasons = [*refused, *([matched.why] if matched.why else [])]
    members = sum(compared.rounds >= MIN_ROUNDS for compared in comparisons)
    for compared in comparisons:
        if reasons:
            yield _open(compared, f"not compared: {'; '.join(reasons)}", n=0)
        elif not compared.rounds:
            yield _open(compared, f"not compared: {_unknown(compared)}", n=0)
        elif compared.rounds < MIN_ROUNDS:
            are = "is 1" if compared.rounds == 1 else f"are {compared.rounds}"
            yield _open(compared, f"an interval needs {MIN_ROUNDS} matched rounds, and there {are}", n=compared.n)
        else:
            check = _judged(compared, margin, simultaneous(confidence, members))
            if compared.way == "contrast" and check.verdict == "worse" and compared.metric in fine:
                check = replace(check, verdict="fine", sentence=f"{check.sentence} {FASTER_BASELINE}")
            if check.verdict == "fine":
                fine.add(compared.metric)
            yield check


def _compared(matched: MatchedRequests, metric: str, way: str) -> Compared:
    new, old = matched.new.values(OPTIMISED, metric), matched.old.values(OPTIMISED, metric)
    paired = np.isfinite(new) & np.isfinite(old)
    if way == "contrast":
        was, were = matched.new.values(BASELINE, metric), matched.old.values(BASELINE, metric)
        paired &= np.isfinite(was) & np.isfinite(were)
        paces = [
            _means(side, values, paired, matched.size) for side, values in ((matched.new, was), (matched.old, were))
        ]
    else:
        paces = [side.reference(PACE, matched.size) for side in (matched.new, matched.old)]
    figures = [_means(side, values, paired, matched.size) for side, values in ((matched.new, new), (matched.old, old))]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(figures[0] / paces[0]) - np.log(figures[1] / paces[1])
    return Compared(metric, way, np.where(np.isfinite(logs), logs, np.nan), int(paired.sum()))


def _means(side: MatchedSide, values: Floats, paired: Bools, size: int) -> Floats:
    return side.per_round(np.where(paired, values, np.nan), size)


def _judged(compared: Compared, margin: float, confidence: float) -> GateCheck:
    interval = t_interval(compared.per_round[None, :], confidence)
    ratio, low, high = (float(np.exp(end[0])) for end in (interval.mean, interval.low, interval.high))
    reach = float(detectable(interval.standard_error, interval.rounds, confidence)[0])
    mde = expm1(log1p(margin) + reach)  # only a slow-down beyond the margin is one
    verdict: Verdict = "worse" if low > 1 + margin else "fine" if high <= 1 + margin else "inconclusive"
    sentence = (
        f"{signed(ratio)} ({signed(low)} to {signed(high)}; worse means above {signed(1 + margin)}) over "
        f"{compared.rounds} rounds and {compared.n:,} matched requests. This check could only detect slow-downs of at "
        f"least {percent(mde)}. {WAYS[compared.way][1]}"
    )
    return GateCheck(
        compared.name,
        "timed",
        verdict,
        sentence,
        ratio,
        low=low,
        high=high,
        mde=mde,
        n=compared.n,
        rounds=compared.rounds,
    )


def _open(compared: Compared, why: str, n: int) -> GateCheck:
    """Return a check without a verdict, with the estimate if there is one."""
    finite = compared.per_round[np.isfinite(compared.per_round)]
    estimate = exp(float(finite.mean())) if n and len(finite) else None
    text = f"{signed(estimate)}, but {why}" if estimate is not None else why
    sentence = f"{text[:1].upper()}{text[1:]}. No slow-down could be detected. {WAYS[compared.way][1]}"
    return GateCheck(
        compared.name, "timed", "inconclusive", sentence, estimate, n=n, rounds=compared.rounds if n else 0
    )


def _unknown(compared: Compared) -> str:
    name = title_of(compared.metric)
    if not compared.n:
        return f"{name} is unknown in one of the runs, or was measured for no matched request"
    return f"{name} is 0" if compared.way == "contrast" else f"{name} is 0, or a run has no calibration request"
