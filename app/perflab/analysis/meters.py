"""Meters: how the value of each metric of a claim is computed from a run.

A meter is one function, registered by its metric's name. A metric of the kind `reduction` needs none of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.database.queries import QueryRow, optimised_cells, patterns
from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.table import of_table
from perflab.analysis.responses.equivalence import Changed, changed_answers
from perflab.analysis.stats.intervals import MIN_ROUNDS, ShareInterval, share_interval
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.metrics import METRICS, metric_of
from perflab.run.records import Estimate
from perflab.run.scenario import scenario_endpoints
from perflab.units import listed


@dataclass(frozen=True, slots=True)
class Measurement:
    """The value of a claim's metric, in the metric's unit.

    Attributes:
        before: The value with all factors off.
        after: The value with all factors on.
        estimate: What is held against the bound.
        low: The lower end of its interval.
        high: The upper end of its interval.
        n: How many requests or events it rests on.
        rounds: How many rounds it rests on.
        reason: What is missing, in a sentence; None if nothing is.
        measured: Whether there is a value at all.
        ratio: after / before with its interval, where the estimate is 1 - ratio.
    """

    before: float | None = None
    after: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    rounds: int = 0
    reason: str | None = None
    measured: bool = True
    ratio: Estimate | None = None

    @classmethod
    def missing(cls, why: str) -> Measurement:
        """Return a measurement of nothing; `why` becomes the sentence `Not measured: ...`."""
        return cls(reason=f"Not measured: {why[:1].lower()}{why[1:]}", measured=False)


@dataclass(frozen=True)
class Evidence:
    """Everything that claims are judged by.

    `responses` are those that differ from the baseline's, see `answers.changed`, None where they were not compared. `queries` is
    the query ledger, see `queries.ledger`. `checked` is the number of checks of each endpoint whose queries were recorded;
    empty where that is unknown. `index_count` is the number of indexes that the factor switches.
    """

    pairs: Pairs
    index_count: int | None = None
    confidence: float = 0.95
    margin: float = 0.02
    responses: pd.DataFrame | None = None
    queries: Sequence[QueryRow] = ()
    checked: Mapping[str, int] = field(default_factory=dict)
    scenario: Mapping[str, Any] = field(default_factory=dict)


# The evidence, and the endpoints that the claim is about; None is all of them.
Meter = Callable[[Evidence, Sequence[str] | None], Measurement]

METERS: dict[str, Meter] = {}
# The metrics that hold without any request.
_WITHOUT_REQUESTS: set[str] = set()


def meter(metric: str, *, needs_requests: bool = True) -> Callable[[Meter], Meter]:
    """Register a function as the meter of a metric that run/metrics.py declares.

    Args:
        metric: The metric's name.
        needs_requests: Whether it has no value without requests in the claim's scope.
    """
    if metric not in METRICS:
        raise KeyError(f"{metric} is not declared in run/metrics.py")

    def registered(function: Meter) -> Meter:
        METERS[metric] = function
        if not needs_requests:
            _WITHOUT_REQUESTS.add(metric)
        return function

    return registered


def measure(metric: str, evidence: Evidence, endpoints: Sequence[str] | None, scope: str | None) -> Measurement:
    """Compute the value of a metric, or say why there is none.

    Args:
        metric: The metric's name.
        evidence: What the run measured.
        endpoints: The endpoints of the claim's scope; None is all of them.
        scope: The scope as the claim names it, for the message.
    """
    declared = metric_of(metric)
    if declared.not_measured:
        return Measurement.missing(f"{declared.not_measured}.")
    if metric not in _WITHOUT_REQUESTS:
        if endpoints is not None and not endpoints:
            return Measurement.missing(f"no endpoint is in the scope {scope!r}.")
        if not evidence.pairs.steps:
            return Measurement.missing("the run has no samples.")
    if metric in METERS:
        return METERS[metric](evidence, endpoints)
    if declared.kind == "reduction" and evidence.pairs.measures(metric):
        return _reduction(metric, evidence, endpoints)
    return Measurement.missing(f"nothing in this run measures {metric}.")


def unstable(changed: Changed) -> str:
    """Return the sentence about responses that differ between identical cells and were therefore not compared."""
    return f"Responses of {listed(changed.nondeterministic)} change by themselves and were not compared."


def _reduction(metric: str, evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Compute the relative reduction of a mean: 1 - ratio, and the ends of its interval with it; nobody turns it back."""
    pairs = Pairs.of(evidence.pairs, endpoints=endpoints)
    (effect,) = of_table(
        compare(pairs, metric, BASELINE, OPTIMISED, confidence=evidence.confidence, margin=evidence.margin)
    )
    if not effect.n:
        return Measurement.missing(str(effect.note))

    def reduction(ratio: float | None) -> float | None:
        return None if ratio is None else 1 - ratio

    return Measurement(
        before=effect.before,
        after=effect.after,
        estimate=reduction(effect.ratio),
        low=reduction(effect.high),
        high=reduction(effect.low),
        n=effect.n,
        rounds=effect.rounds,
        reason=effect.note,
        ratio=Estimate(effect.ratio, effect.low, effect.high),
    )


@meter("cache_hit_rate")
def cache_hit_rate(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the hits per lookup in the optimised cell, with an interval over rounds."""
    after = _hit_rate_of(OPTIMISED, evidence, endpoints)
    if after is None:
        return Measurement.missing("with everything on, no request looked anything up in a cache.")
    before = _hit_rate_of(BASELINE, evidence, endpoints)
    few = f"An interval needs {MIN_ROUNDS} rounds, and the run has {after.rounds}." if after.low is None else None
    return Measurement(
        before=None if before is None else before.estimate,
        after=after.estimate,
        estimate=after.estimate,
        low=after.low,
        high=after.high,
        n=after.n,
        rounds=after.rounds,
        reason=few,
    )


def _hit_rate_of(cell: str, evidence: Evidence, endpoints: Sequence[str] | None) -> ShareInterval | None:
    """Return a cell's hit rate; None where nothing was looked up."""
    pairs = Pairs.of(evidence.pairs, endpoints=endpoints)
    column = pairs.column(cell)
    if column is None or not (pairs.measures("cache_hits") and pairs.measures("cache_misses")):
        return None
    hits, misses = pairs.values("cache_hits")[:, column], pairs.values("cache_misses")[:, column]
    counted = np.isfinite(hits) & np.isfinite(misses)
    rounds = pairs.round_of[counted]
    hits_of_round, lookups_of_round = (
        np.bincount(rounds, weights=events[counted], minlength=pairs.rounds) for events in (hits, hits + misses)
    )
    return share_interval(hits_of_round, lookups_of_round, evidence.confidence)


@meter("changed_responses")
def changed_responses(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Count the responses of the optimised cell that differ from the baseline's, checks and warm-up included."""
    changed = changed_answers(evidence.pairs, endpoints=endpoints)
    note = unstable(changed) if changed.nondeterministic else None
    if not changed.compared:
        return Measurement.missing(note or "no Step has a response both with everything off and with everything on.")
    unknown = f"{changed.unknown} responses failed and could not be compared." if changed.unknown else note
    return _counted(0, changed.changed, changed.compared, _rounds(evidence, endpoints), unknown)


@meter("stale_responses")
def stale_responses(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Count the responses of the optimised cell from before a write; each was compared with the baseline's to the same Step."""
    changed = changed_answers(evidence.pairs, endpoints=endpoints)
    note = unstable(changed) if changed.nondeterministic else None
    if evidence.responses is None or not changed.compared:
        return Measurement.missing(note or "the responses that changed were not classified.")
    stale = evidence.responses[(evidence.responses["cell"] == OPTIMISED) & (evidence.responses["class"] == "stale")]
    if endpoints is not None:
        stale = stale[stale["endpoint"].isin(endpoints)]
    return _counted(0, len(stale), changed.compared, _rounds(evidence, endpoints), note)


@meter("repeated_queries")
def repeated_queries(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Count the queries that repeat within one request, before and after; without the caches, which hide them."""
    if not evidence.queries:
        return Measurement.missing("the run recorded no request's queries one by one.")
    factors = [factor["name"] for factor in evidence.scenario.get("factors") or []]
    before = patterns(evidence.queries, [BASELINE], endpoints)
    after = patterns(evidence.queries, optimised_cells(evidence.scenario, factors), endpoints)
    every = [endpoint.name for endpoint in scenario_endpoints(evidence.scenario)]
    named = every if endpoints is None else endpoints
    unchecked = [name for name in named if evidence.checked and name not in evidence.checked]
    if unchecked and not after:
        return Measurement.missing(f"no check recorded the queries of {', '.join(unchecked)}.")
    checks = evidence.checked or {row.endpoint: row.requests for row in evidence.queries}
    n = sum(requests for endpoint, requests in checks.items() if endpoints is None or endpoint in endpoints)
    return _counted(before, after, n, 0, None)


@meter("index_count", needs_requests=False)
def index_count(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the number of indexes that the factor switches, whichever endpoints the claim is about."""
    if evidence.index_count is None:
        return Measurement.missing("the run does not record how many indexes its factor switches.")
    return _counted(0, evidence.index_count, 1, 0, None)


def _rounds(evidence: Evidence, endpoints: Sequence[str] | None) -> int:
    return Pairs.of(evidence.pairs, measured_only=False, endpoints=endpoints).rounds


def _counted(before: int, after: int, n: int, rounds: int, reason: str | None) -> Measurement:
    """Return an exact count: its interval is the count itself."""
    exact = float(after)
    return Measurement(float(before), exact, exact, exact, exact, n, rounds, reason)
