"""Checks of times: all cells against the calibration request, all_on against all_off, and each endpoint against the others.

Times of different runs are not compared directly, because machines drift. Relative to the calibration request, drift that this
request shares cancels; between cells of a round, everything that they share does. Each request is compared with the same request
of the other run. Service time is taken relative to the calibration request's service time, CPU to its CPU: on a shared machine
the former varies several times as much. How estimates vary is in stats/evidence.py; all intervals hold at once (families.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, expm1, isnan, log1p

import numpy as np

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.gate.matched import MatchedRequests
from perflab.analysis.stats.evidence import Evidence, Part, evidence_of, of_processes, of_steps
from perflab.analysis.stats.families import simultaneous
from perflab.analysis.stats.intervals import MIN_ROUNDS
from perflab.analysis.stats.pairs import Floats
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.metrics import title_of
from perflab.units import percent, signed

METRICS = ("latency_s", "app_cpu_s", "db_cpu_s")
# The calibration request involves neither database nor cache: its own clocks are the machine's pace.
PACES = {"latency_s": "latency_s", "app_cpu_s": "app_cpu_s", "db_cpu_s": "app_cpu_s"}
WAYS = {
    "reference": (
        "of all cells, relative to the calibration request",
        "A slow-down that also affects the calibration request cancels out.",
    ),
    "contrast": (f"of {OPTIMISED}, relative to {BASELINE}", "A change common to all cells cancels out."),
}
ON, OFF = (OPTIMISED, TWIN, CANARY), (BASELINE, TWIN_OFF)
# A gate runs every night: with nothing changed it may be wrong in one run of 200, where an interval is in one of 20.
STRICTER = 5
# A check that would miss a doubling decides nothing.
LIMIT = 1.0

FASTER_BASELINE = f"{OPTIMISED} itself is not slower relative to the calibration request: {BASELINE} became faster."


@dataclass(frozen=True)
class Compared:
    """One metric compared one way, with its evidence; `itself` is the log ratio relative to the calibration request."""

    metric: str
    way: str
    evidence: Evidence
    itself: float
    n: int

    @property
    def name(self) -> str:
        """The name of the check."""
        return f"{title_of(self.metric)} {WAYS[self.way][0]}"


def strict(confidence: float) -> float:
    """Return the confidence of the gate's intervals, all at once, where a run's own have this one."""
    return 1 - (1 - confidence) / STRICTER


def times(
    matched: MatchedRequests,
    margin: float,
    refused: Sequence[str] = (),
    confidence: float = 0.95,
    metrics: Sequence[str] = METRICS,
) -> Iterator[GateCheck]:
    """Yield a check per way and metric.

    Worse only if the whole interval lies above 1 + margin; inconclusive if a doubling would have been missed; else fine.
    A contrast that is worse while all_on itself is not slower relative to the calibration request shows that all_off became
    faster, and is fine, too.

    Args:
        matched: The matched requests of both runs.
        margin: The margin, relative.
        refused: Reasons not to draw a verdict: machines that differ, controls that failed.
        confidence: The confidence of the runs' own intervals, 0..1; see `strict`.
        metrics: Columns of the samples.
    """
    comparisons = [compared for metric in metrics for compared in _compared(matched, metric)]
    reasons = [*refused, *([matched.why] if matched.why else [])]
    each = simultaneous(strict(confidence), len(comparisons))
    for compared in sorted(comparisons, key=lambda compared: compared.way != "reference"):
        rounds = compared.evidence.rounds
        if reasons:
            yield _open(compared, f"not compared: {'; '.join(reasons)}", n=0)
        elif not rounds:
            yield _open(compared, f"not compared: {_unknown(compared)}", n=0)
        elif rounds < MIN_ROUNDS:
            are = "is 1" if rounds == 1 else f"are {rounds}"
            yield _open(compared, f"an interval needs {MIN_ROUNDS} matched rounds, and there {are}", n=compared.n)
        else:
            yield _judged(compared, margin, each)


@dataclass(frozen=True)
class Logs:
    """The log ratio new / old of a metric's mean, rounds by cells, and the share that each Step has in it, Steps by cells."""

    of_rounds: Floats
    of_steps: Floats
    n: int


def log_ratios(matched: MatchedRequests, metric: str) -> Logs:
    """Compare a metric's mean in each round and cell, over the requests that both runs measured.

    Args:
        matched: The matched requests of both runs.
        metric: A column of the samples.
    """
    sides = (matched.new, matched.old)
    new, old = (side.matrix(matched.cells, metric) for side in sides)
    paired = np.isfinite(new) & np.isfinite(old)
    means, shares = [], []
    for side, values in zip(sides, (new, old), strict=True):
        columns = [side.per_round(column, matched.size) for column in np.where(paired, values, np.nan).T]
        means.append(np.column_stack(columns or [np.empty(matched.size)]))
        with np.errstate(divide="ignore", invalid="ignore"):
            shares.append(values / means[-1][side.rounds] if columns else values)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(means[0]) - np.log(means[1])
    return Logs(np.where(np.isfinite(logs), logs, np.nan), shares[0] - shares[1], int(paired.sum()))


def pace_of(matched: MatchedRequests, metric: str) -> tuple[Floats, Floats]:
    """Return the log ratio new / old of the calibration request in each round, and its variance.

    Args:
        matched: The matched requests of both runs.
        metric: The metric that is to be compared with it.
    """
    (new, of_new), (old, of_old) = (side.reference(PACES[metric], matched.size) for side in (matched.new, matched.old))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(new) - np.log(old)
    return np.where(np.isfinite(logs), logs, np.nan), of_new + of_old


def among(cells: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return the places of some cells in a list of them."""
    return [place for place, cell in enumerate(cells) if cell in wanted]


def mean_of(values: Floats) -> Floats:
    """Return the mean over cells of each row; NaN for a row without a value."""
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(finite, values, 0.0).sum(axis=1) / finite.sum(axis=1), dtype=np.float64)


def _compared(matched: MatchedRequests, metric: str) -> Iterator[Compared]:
    logs = log_ratios(matched, metric)
    cells, rounds = logs.of_rounds, matched.new.rounds
    pace, variance = pace_of(matched, metric)
    on, off = among(matched.cells, ON), among(matched.cells, OFF)
    per_round = mean_of(cells) - pace
    taken = np.isfinite(per_round)
    # The calibration request has a process of its own in each round, which varies as the others do.
    parts = [
        of_processes(cells[taken]),
        of_processes(cells[taken], np.ones(int(taken.sum()))),
        of_steps(mean_of(logs.of_steps), rounds),
        Part(float(variance[taken].sum()) / max(int(taken.sum()), 1) ** 2, max(int(taken.sum()), 1)),
    ]
    itself = mean_of(cells[:, on]) - pace
    slower = float(np.nanmean(itself)) if np.isfinite(itself).any() else np.nan
    yield Compared(metric, "reference", evidence_of(per_round, parts), slower, logs.n)
    if not on:  # runs without factors have nothing to contrast
        return
    difference = mean_of(cells[:, on]) - mean_of(cells[:, off])
    parts = [
        *(of_processes(cells[:, side]) for side in (on, off) if len(side) > 1),
        of_steps(mean_of(logs.of_steps[:, on]) - mean_of(logs.of_steps[:, off]), rounds),
    ]
    yield Compared(metric, "contrast", evidence_of(difference, parts), slower, logs.n)


def _judged(compared: Compared, margin: float, confidence: float) -> GateCheck:
    evidence = compared.evidence
    ratio, (low, high) = exp(evidence.mean), evidence.interval(confidence)
    mde = expm1(log1p(margin) + evidence.detectable(confidence))  # only a slow-down beyond the margin is one
    verdict: Verdict = "worse" if low > 1 + margin else "fine" if mde <= LIMIT or high <= 1 + margin else "inconclusive"
    sentence = (
        f"{signed(ratio)} ({signed(low)} to {signed(high)}; worse means above {signed(1 + margin)}) over "
        f"{evidence.rounds} rounds and {compared.n:,} matched requests. {reach(mde)} {WAYS[compared.way][1]}"
    )
    if compared.way == "contrast" and verdict == "worse" and compared.itself <= log1p(margin):
        verdict, sentence = "fine", f"{sentence} {FASTER_BASELINE}"
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
        rounds=evidence.rounds,
    )


def reach(mde: float) -> str:
    """Return the sentence about a minimum detectable effect."""
    if mde > LIMIT:
        return "The times vary so much that a doubling could be missed: run a longer profile."
    return f"Minimum detectable effect: {percent(mde)} slower."


def _open(compared: Compared, why: str, n: int) -> GateCheck:
    """Return a check without a verdict, with the estimate if there is one."""
    estimate = exp(compared.evidence.mean) if n and not isnan(compared.evidence.mean) else None
    text = f"{signed(estimate)}, but {why}" if estimate is not None else why
    sentence = f"{text[:1].upper()}{text[1:]}. No slow-down could be detected. {WAYS[compared.way][1]}"
    rounds = compared.evidence.rounds if n else 0
    return GateCheck(compared.name, "timed", "inconclusive", sentence, estimate, n=n, rounds=rounds)


def _unknown(compared: Compared) -> str:
    name = title_of(compared.metric)
    if not compared.n:
        return f"{name} is unknown in one of the runs, or was measured for no matched request"
    return f"{name} is 0" if compared.way == "contrast" else f"{name} is 0, or a run has no calibration request"
