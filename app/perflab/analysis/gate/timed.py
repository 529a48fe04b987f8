"""Budgets that are times: of all_on, relative to the reference request and through the contrast with all_off.

No time is compared with another night's directly: a machine has its days. Against the reference, a pace that the machine keeps
for both runs' reference cancels; through the contrast, all that both cells share does. A change of all cells alike is therefore
seen by the first and not by the second, a change of the machine that the reference does not share the other way round.
Each round is paired with the same round of the other run, which replayed the same traffic on the same data; the rounds' log
ratios have a t interval (see intervals.py), all of them at once (families.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, expm1, log1p

import numpy as np

from perflab.analysis.gate.check import Budget, Verdict
from perflab.analysis.gate.matched import Common, Side
from perflab.analysis.stats.families import simultaneous
from perflab.analysis.stats.intervals import MIN_ROUNDS, detectable, t_interval
from perflab.analysis.stats.pairs import Floats
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.metrics import title_of
from perflab.units import percent, signed

METRICS = ("latency_s", "app_cpu_s", "db_cpu_s")
# The reference is perflab's own request: neither database nor cache has a part in it, and its service time is the pace.
PACE = "latency_s"
WAYS = {
    "reference": ("against the reference request", "a slow-down that the reference request shares cancels here"),
    "contrast": (
        f"through {OPTIMISED} / {BASELINE}",
        f"a change common to all cells cancels here; a faster {BASELINE} looks the same",
    ),
}


FASTER_BASELINE = f"{OPTIMISED} itself is no slower against the reference request: it is {BASELINE} that became faster."


@dataclass(frozen=True)
class Compared:
    """One metric one way: the log ratio new / old of each round, and the common Steps that it rests on."""

    metric: str
    way: str
    per_round: Floats
    n: int

    @property
    def name(self) -> str:
        return f"{title_of(self.metric)} {WAYS[self.way][0]}"

    @property
    def rounds(self) -> int:
        return int(np.isfinite(self.per_round).sum())


def times(
    common: Common,
    margin: float,
    refused: Sequence[str] = (),
    confidence: float = 0.95,
    metrics: Sequence[str] = METRICS,
) -> Iterator[Budget]:
    """A budget per metric and way. `refused` says why none may be drawn, if any reason is: unlike machines, controls that failed.

    Worse only where the whole interval lies above 1 + margin; fine where it ends below that; inconclusive otherwise. A contrast
    that is worse while all_on itself is fine against the reference says that all_off became faster, and is fine, too.
    """
    fine: set[str] = set()
    found = [_compared(common, metric, way) for way in WAYS for metric in metrics]
    reasons = [*refused, *([common.why] if common.why else [])]
    members = sum(one.rounds >= MIN_ROUNDS for one in found)
    for one in found:
        if reasons:
            yield _open(one, f"not compared: {'; '.join(reasons)}", n=0)
        elif not one.rounds:
            yield _open(one, f"not compared: {_unknown(common, one)}", n=0)
        elif one.rounds < MIN_ROUNDS:
            are = "is 1" if one.rounds == 1 else f"are {one.rounds}"
            yield _open(one, f"an interval needs {MIN_ROUNDS} common rounds, and there {are}", n=one.n)
        else:
            budget = _judged(one, margin, simultaneous(confidence, members))
            if one.way == "contrast" and budget.verdict == "worse" and one.metric in fine:
                budget = replace(budget, verdict="fine", sentence=f"{budget.sentence} {FASTER_BASELINE}")
            if budget.verdict == "fine":
                fine.add(one.metric)
            yield budget


def _compared(common: Common, metric: str, way: str) -> Compared:
    new, old = common.new.values(OPTIMISED, metric), common.old.values(OPTIMISED, metric)
    known = np.isfinite(new) & np.isfinite(old)
    if way == "contrast":
        was, were = common.new.values(BASELINE, metric), common.old.values(BASELINE, metric)
        known &= np.isfinite(was) & np.isfinite(were)
        paces = [_means(side, values, known, common.size) for side, values in ((common.new, was), (common.old, were))]
    else:
        paces = [side.reference(PACE, common.size) for side in (common.new, common.old)]
    figures = [_means(side, values, known, common.size) for side, values in ((common.new, new), (common.old, old))]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(figures[0] / paces[0]) - np.log(figures[1] / paces[1])
    return Compared(metric, way, np.where(np.isfinite(logs), logs, np.nan), int(known.sum()))


def _means(side: Side, values: Floats, known: np.ndarray[tuple[int], np.dtype[np.bool_]], size: int) -> Floats:
    return side.per_round(np.where(known, values, np.nan), size)


def _judged(one: Compared, margin: float, confidence: float) -> Budget:
    interval = t_interval(one.per_round[None, :], confidence)
    ratio, low, high = (float(np.exp(end[0])) for end in (interval.mean, interval.low, interval.high))
    reach = float(detectable(interval.standard_error, interval.rounds, confidence)[0])
    blind_to = expm1(log1p(margin) + reach)  # a slow-down is only called one beyond the margin
    verdict: Verdict = "worse" if low > 1 + margin else "fine" if high <= 1 + margin else "inconclusive"
    sentence = (
        f"{signed(ratio)} ({signed(low)} to {signed(high)}; worse is beyond {signed(1 + margin)}) over {one.rounds} rounds "
        f"and {one.n:,} common requests; blind to slow-downs below {percent(blind_to)}, and {WAYS[one.way][1]}."
    )
    return Budget(
        one.name, "timed", verdict, sentence, ratio, low=low, high=high, blind_to=blind_to, n=one.n, rounds=one.rounds
    )


def _open(one: Compared, why: str, n: int) -> Budget:
    """Without a verdict; the estimate is told where there is one."""
    known = one.per_round[np.isfinite(one.per_round)]
    estimate = exp(float(known.mean())) if n and len(known) else None
    said = f"{signed(estimate)}, but {why}" if estimate is not None else why
    sentence = f"{said[:1].upper()}{said[1:]}. Blind to any slow-down; besides, {WAYS[one.way][1]}."
    return Budget(one.name, "timed", "inconclusive", sentence, estimate, n=n, rounds=one.rounds if n else 0)


def _unknown(common: Common, one: Compared) -> str:
    name = title_of(one.metric)
    if not one.n:
        return f"{name} is unknown in one of the runs, or was measured for no common request"
    return f"{name} is 0" if one.way == "contrast" else f"{name} is 0, or a run has no reference request"
