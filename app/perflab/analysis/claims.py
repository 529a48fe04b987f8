"""Claims: what was stated before the run, what the run measured, and whether that supports it.

A claim about a column of the samples is one about the relative reduction of its mean, from all off to all on. How the other
metrics are measured is in meters/; a metric without a meter is `not measured`, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.database.queries import QueryRow
from perflab.analysis.meters import Evidence, Measurement, measure, unstable
from perflab.analysis.responses.unchecked import Unchecked
from perflab.analysis.scope import names_in_scope
from perflab.analysis.stats import verdicts
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import plain
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.metrics import metric_of
from perflab.run.records import ClaimResult, ClaimVerdict
from perflab.run.scenario import endpoint_weights, scenario_endpoints
from perflab.units import listed


def claims(
    samples: pd.DataFrame | Pairs,
    scenario: Mapping[str, Any],
    *,
    index_count: int | None = None,
    complete: bool = True,
    withheld: Sequence[str] = (),
    confidence: float = 0.95,
    answers: pd.DataFrame | None = None,
    not_checked: Sequence[Unchecked] = (),
    queries: Sequence[QueryRow] = (),
    checked: Mapping[str, int] | None = None,
    capacity: Sequence[Mapping[str, Any]] = (),
    no_capacity: str | None = None,
) -> list[ClaimResult]:
    """Judge every claim of a scenario, in its order.

    Args:
        samples: The run's samples.
        scenario: The scenario as run.json keeps it.
        index_count: How many indexes the factor switched; None is unknown.
        complete: Whether the run finished; no verdict is drawn from one that did not.
        withheld: Why no verdict on times may be drawn, see `control`; empty where it may.
        confidence: Of the intervals.
        answers: The responses that differ, see `answers.changed`; None where they were not compared.
        not_checked: The checks that could not have failed.
        queries: The query ledger.
        checked: The number of checks of each endpoint whose queries were recorded.
        capacity: The ledger of the load test.
        no_capacity: Why there was no load test.
    """
    evidence = Evidence(
        pairs=Pairs.of(samples, measured_only=False, weights=endpoint_weights(scenario)),
        index_count=index_count,
        confidence=confidence,
        margin=float(scenario.get("margin", 0.02)),
        responses=answers,
        not_checked=not_checked,
        queries=queries,
        checked=checked or {},
        scenario=scenario,
        capacity=capacity,
        no_capacity=no_capacity,
    )
    return [_judged(claim, evidence, complete, withheld) for claim in scenario.get("claims") or []]


def _judged(claim: Mapping[str, Any], evidence: Evidence, complete: bool, withheld: Sequence[str]) -> ClaimResult:
    metric, bound, scope = metric_of(str(claim["metric"])), float(claim["bound"]), claim.get("scope")
    endpoints = names_in_scope(evidence.scenario, scope)
    if complete:
        measurement = measure(metric.name, evidence, endpoints, scope)
    else:
        measurement = Measurement(reason="The run did not finish, so no verdict is drawn from it.", measured=False)
    verdict: ClaimVerdict = "not measured"
    reason = measurement.reason
    if measurement.measured:
        verdict = verdicts.of_claim(str(claim["direction"]), bound, measurement.low, measurement.high)
        left_out = _not_compared(evidence, endpoints) if verdict == "supported" and not metric.exact else []
        if left_out:
            verdict, reason = (
                "inconclusive",
                f"Not all of its scope was compared: no request to {listed(left_out)} was.",
            )
        if withheld and metric.timed:
            verdict, reason = "inconclusive", withholding(withheld)
        if not metric.exact:
            changed = evidence.changed(endpoints)
            if changed.changed:  # a gain with other responses does not count
                verdict = "refuted"
                reason = (
                    f"Responses changed: {changed.changed:,} of the {changed.compared:,} that it covers differ from those with "
                    "everything off."
                )
            elif changed.nondeterministic:
                reason = reason or unstable(changed)
    return ClaimResult(
        id=str(claim["id"]),
        statement=str(claim["statement"]),
        metric=metric.name,
        unit=metric.unit,
        direction=str(claim["direction"]),
        bound=bound,
        scope=scope,
        claimed=plain(claim.get("claimed") or {}),
        before=measurement.before,
        after=measurement.after,
        estimate=measurement.estimate,
        low=measurement.low,
        high=measurement.high,
        n=measurement.n,
        rounds=measurement.rounds,
        verdict=verdict,
        reason=reason,
        ratio=measurement.ratio,
    )


def _not_compared(evidence: Evidence, endpoints: Sequence[str] | None) -> list[str]:
    """Return the endpoints of a scope of which no measured request was answered with everything off and with everything on."""
    wanted = [e.name for e in scenario_endpoints(evidence.scenario) if e.weight > 0]
    wanted = [name for name in wanted if endpoints is None or name in endpoints]
    pairs = Pairs.of(evidence.pairs.of_cells((BASELINE, OPTIMISED)))
    if len(pairs.cells) < 2 or "endpoint" not in pairs.samples.columns:
        return []
    answered = np.asarray((pairs.present() & ~pairs.failures()).all(axis=1), dtype=bool)
    compared = set(pairs.of_steps("endpoint")[answered].unique())
    return [name for name in wanted if name not in compared]


def withholding(reasons: Sequence[str]) -> str:
    """Return the sentence that says why no verdict on times is drawn."""
    return f"Withheld: {'; '.join(reasons)}."
