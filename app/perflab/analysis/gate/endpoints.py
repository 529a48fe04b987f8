"""Checks of single endpoints: whether one became slower while the rest of the same processes did not.

One slow endpoint of many is lost in the mean over all. Each request is compared with itself in the other run, and the mean of the
logarithms is taken, which single outliers move little; the other endpoints of the same process are the pace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import exp, expm1, isnan, log1p

import numpy as np

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.gate.matched import MatchedRequests
from perflab.analysis.gate.timed import LIMIT, OFF, ON, among, mean_of, pace_of, reach, strict
from perflab.analysis.stats.evidence import Evidence, evidence_of, of_processes, of_steps
from perflab.analysis.stats.families import simultaneous
from perflab.analysis.stats.intervals import MIN_ROUNDS
from perflab.analysis.stats.pairs import Bools, Floats
from perflab.analysis.stats.statistics import mean
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.units import percent, signed

METRIC = "latency_s"
# A few requests of an endpoint cannot tell less, and the whole has checks of its own.
MARGIN = 0.1


def endpoint_times(matched: MatchedRequests, margin: float, confidence: float = 0.95) -> Iterator[GateCheck]:
    """Yield a check for each endpoint: in all cells, in those with everything on, and in those with everything off.

    Args:
        matched: The matched requests of both runs.
        margin: The margin, relative; at least MARGIN is taken.
        confidence: The confidence of the runs' own intervals, 0..1.
    """
    names = sorted(set(map(str, matched.endpoints)))
    if len(names) < 2:
        return
    cells, margin = matched.cells, max(margin, MARGIN)
    groups = {
        "in all cells": list(range(len(cells))),
        f"in {OPTIMISED}": among(cells, ON),
        f"in {BASELINE}": among(cells, OFF),
    }
    each = simultaneous(strict(confidence), len(names) * len(groups))
    new, old = (side.matrix(cells, METRIC) for side in (matched.new, matched.old))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(new) - np.log(old)
    pace = pace_of(matched, METRIC)[0]
    for name in names:
        own = matched.endpoints == name
        here, rest = (_per_round(matched, logs, mask) for mask in (own, ~own))
        evidence = {
            group: _evidence(matched, logs[:, places], own, (here - rest)[:, places])
            for group, places in groups.items()
            if places
        }
        itself = {group: _mean(here[:, groups[group]] - pace[:, None]) for group in evidence}
        n = int(np.isfinite(logs[own]).sum())
        yield _check(name, evidence, itself, margin, each, n)


def _evidence(matched: MatchedRequests, logs: Floats, own: Bools, differences: Floats) -> Evidence:
    """Return the evidence that an endpoint became slower than the others in some cells."""
    steps, rounds = mean_of(logs), matched.new.rounds
    parts = [of_processes(differences), *(of_steps(steps[mask], rounds[mask]) for mask in (own, ~own))]
    return evidence_of(mean_of(differences), parts)


def _per_round(matched: MatchedRequests, logs: Floats, wanted: Bools) -> Floats:
    columns = []
    for column in logs.T:
        finite = wanted & np.isfinite(column)
        columns.append(mean(column[finite], matched.new.rounds[finite], matched.size))
    return np.column_stack(columns)


def _mean(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def _check(
    name: str, evidence: Mapping[str, Evidence], itself: Mapping[str, float], margin: float, confidence: float, n: int
) -> GateCheck:
    """Return the result of the cells in which an endpoint became slower most certainly."""
    title = f"service time, {name}"
    lows = {
        group: each.interval(confidence)[0]
        for group, each in evidence.items()
        if each.rounds >= MIN_ROUNDS and not isnan(each.standard_error)
    }
    if not lows:
        sentence = f"{name} has matched requests in fewer than {MIN_ROUNDS} rounds: no slow-down could be detected."
        return GateCheck(title, "timed", "inconclusive", sentence, n=n, is_required=False)
    group = max(lows, key=lambda each: lows[each])
    chosen, (low, high) = evidence[group], evidence[group].interval(confidence)
    mde = expm1(log1p(margin) + chosen.detectable(confidence))
    slower = low > 1 + margin and not itself[group] <= log1p(margin)  # without a calibration request it is unknown
    verdict: Verdict = "worse" if slower else "fine" if mde <= LIMIT or high <= 1 + margin else "inconclusive"
    sentence = (
        f"{signed(exp(chosen.mean))} {group}, relative to the other endpoints ({signed(low)} to {signed(high)}; worse means "
        f"above {percent(margin, 0)} more) over {n:,} matched requests. {reach(mde)}"
    )
    return GateCheck(
        title, "timed", verdict, sentence, exp(chosen.mean), low=low, high=high, mde=mde, n=n, rounds=chosen.rounds,
        is_required=False,
    )  # fmt: skip
