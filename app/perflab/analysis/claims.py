"""Claims: what was stated before the run, what the run found, and whether that supports it.

A claim of a samples column is one of a relative reduction of its mean, from all off to all on. The others each have a
function of their own in METERS; a metric without one is `not measured`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.database.queries import optimised_cells, patterns
from perflab.analysis.effects.effects import compare
from perflab.analysis.names import BASELINE, OPTIMISED, SUMS, TIMED_METRICS
from perflab.analysis.responses.equivalence import Changed, changed_answers
from perflab.analysis.scope import endpoints_of
from perflab.analysis.stats import verdicts
from perflab.analysis.stats.intervals import LEAST_ROUNDS, ShareInterval, share_interval
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import number, plain
from perflab.run.tables import MEASURED
from perflab.units import METRIC_UNITS, listed

NOTHING_MEASURES = {
    "capacity_users": "that takes a load test, and perflab makes none",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run says about one claim. `reason` is a plain sentence where something is missing, else None."""

    before: float | None = None
    after: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    rounds: int = 0
    reason: str | None = None
    measured: bool = True

    @classmethod
    def nothing(cls, reason: str) -> Finding:
        return cls(reason=reason, measured=False)


@dataclass(frozen=True)
class Evidence:
    """All that claims are judged by."""

    pairs: Pairs
    index_count: int | None = None
    confidence: float = 0.95
    margin: float = 0.02
    #: The answers that are not the baseline's, see `answers.changed`; None where nobody looked.
    answers: pd.DataFrame | None = None
    #: The query ledger, see `queries.ledger`.
    queries: Sequence[Mapping[str, Any]] = ()
    #: How many checks each endpoint had, whose queries were noted; empty where nobody knows.
    checked: Mapping[str, int] = field(default_factory=dict)
    scenario: Mapping[str, Any] = field(default_factory=dict)


Meter = Callable[[Evidence, Sequence[str] | None], Finding]


def claims(
    samples: pd.DataFrame | Pairs,
    scenario: Mapping[str, Any],
    *,
    index_count: int | None = None,
    complete: bool = True,
    withheld: Sequence[str] = (),
    confidence: float = 0.95,
    answers: pd.DataFrame | None = None,
    queries: Sequence[Mapping[str, Any]] = (),
    checked: Mapping[str, int] | None = None,
) -> list[dict[str, Any]]:
    """Judge every claim of a scenario, in its order, as design's summary.json has them, and a `reason` beside the verdict.

    `scenario` is plain data as run.json keeps it. `index_count` is how many indexes the factor switched; None where
    nobody counted. From a run that is not `complete` no verdict is drawn, and with reasons in `withheld` (see `control`) none on
    times.
    """
    evidence = Evidence(
        Pairs.of(samples, measured_only=False), index_count, confidence, float(scenario.get("margin", 0.02)), answers,
        queries, checked or {}, scenario,
    )  # fmt: skip
    return [_judged(claim, evidence, scenario, complete, withheld) for claim in scenario.get("claims") or []]


def _judged(
    claim: Mapping[str, Any],
    evidence: Evidence,
    scenario: Mapping[str, Any],
    complete: bool,
    withheld: Sequence[str],
) -> dict[str, Any]:
    metric, direction, bound = str(claim["metric"]), str(claim["direction"]), float(claim["bound"])
    scope = claim.get("scope")
    if not complete:
        found = Finding.nothing("The run did not finish, so no verdict is drawn from it.")
    else:
        found = _measure(metric, evidence, endpoints_of(scenario, scope), scope)
    verdict = verdicts.of_claim(direction, bound, found.low, found.high) if found.measured else "not measured"
    reason = found.reason
    if withheld and found.measured and metric in TIMED_METRICS:
        verdict, reason = "inconclusive", withholding(withheld)
    if found.measured and metric not in EXACT:
        same = changed_answers(evidence.pairs, endpoints=endpoints_of(scenario, scope))
        if same.changed:  # nothing that was gained counts
            verdict = "refuted"
            reason = f"Not the same answers: {same.changed:,} of {same.compared:,} are not those with everything off."
        elif same.nondeterministic:
            reason = reason or _by_themselves(same)
    row = {
        "id": claim["id"],
        "statement": claim["statement"],
        "metric": metric,
        "unit": METRIC_UNITS.get(metric),
        "direction": direction,
        "bound": bound,
        "scope": scope,
        "claimed": claim.get("claimed") or {},
        "before": found.before,
        "after": found.after,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "rounds": found.rounds,
        "verdict": verdict,
        "reason": reason,
    }
    judged: dict[str, Any] = plain(row)
    return judged


def _by_themselves(found: Changed) -> str:
    """What is not known of answers that nobody could compare."""
    return f"Answers of {listed(found.nondeterministic)} change by themselves, and were not compared."


def withholding(reasons: Sequence[str]) -> str:
    """Why no verdict on times is drawn, as a sentence."""
    return f"Withheld: {'; '.join(reasons)}."


def _measure(metric: str, evidence: Evidence, endpoints: Sequence[str] | None, scope: str | None) -> Finding:
    if metric in NOTHING_MEASURES:
        return Finding.nothing(f"Not measured: {NOTHING_MEASURES[metric]}.")
    if metric == "index_count":
        return _index_count(evidence, endpoints)
    if endpoints is not None and not endpoints:
        return Finding.nothing(f"Not measured: no endpoint is in the scope {scope!r}.")
    if not evidence.pairs.steps:
        return Finding.nothing("Not measured: the run has no samples.")
    if metric in METERS:
        return METERS[metric](evidence, endpoints)
    if (metric in MEASURED or metric in SUMS) and evidence.pairs.measures(metric):
        return _reduction(metric, evidence, endpoints)
    return Finding.nothing(f"Not measured: nothing in this run measures {metric}.")


def _reduction(metric: str, evidence: Evidence, endpoints: Sequence[str] | None) -> Finding:
    """The relative reduction of a mean, 1 - ratio, its interval turned round with it."""
    pairs = Pairs.of(evidence.pairs, endpoints=endpoints)
    row = compare(pairs, metric, BASELINE, OPTIMISED, confidence=evidence.confidence, margin=evidence.margin).iloc[0]
    n = int(row["n"])
    if not n:
        return Finding.nothing(f"Not measured: {_lower(row['note'])}")
    return Finding(
        before=number(row["before"]),
        after=number(row["after"]),
        estimate=number(1 - row["ratio"]),
        low=number(1 - row["high"]),
        high=number(1 - row["low"]),
        n=n,
        rounds=int(row["rounds"]),
        reason=row["note"],
    )


def _hit_rate(evidence: Evidence, endpoints: Sequence[str] | None) -> Finding:
    """Hits per lookup in the optimised cell, with the interval over rounds; lookups are those that the cache probe counted."""
    after = _hit_rate_of(OPTIMISED, evidence, endpoints)
    if after is None:
        return Finding.nothing("Not measured: with everything on, no request looked anything up in a cache.")
    before = _hit_rate_of(BASELINE, evidence, endpoints)
    few = f"An interval needs {LEAST_ROUNDS} rounds, and the run has {after.rounds}." if after.low is None else None
    return Finding(
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
    """A cell's hit rate; None where nothing was looked up."""
    pairs = Pairs.of(evidence.pairs, endpoints=endpoints)
    column = pairs.column(cell)
    if column is None or not {"cache_hits", "cache_misses"} <= set(pairs.samples.columns):
        return None
    hits, misses = pairs.values("cache_hits")[:, column], pairs.values("cache_misses")[:, column]
    known = np.isfinite(hits) & np.isfinite(misses)
    rounds = pairs.round_of[known]
    found, tried = (np.bincount(rounds, weights=w[known], minlength=pairs.rounds) for w in (hits, hits + misses))
    return share_interval(found, tried, evidence.confidence)


def _changed(evidence: Evidence, endpoints: Sequence[str] | None) -> Finding:
    found = changed_answers(evidence.pairs, endpoints=endpoints)
    by_themselves = _by_themselves(found) if found.nondeterministic else None
    if not found.compared:
        nothing = "no Step was answered with everything off and with everything on."
        return Finding.nothing(f"Not measured: {_lower(by_themselves or nothing)}")
    rounds = Pairs.of(evidence.pairs, measured_only=False, endpoints=endpoints).rounds
    unknown = f"{found.unknown} answers failed and could not be compared." if found.unknown else by_themselves
    return _counted(0, found.changed, found.compared, rounds, unknown)


def _stale(evidence: Evidence, endpoints: Sequence[str] | None) -> Finding:
    """Answers from before a write, with everything on; each was compared with the baseline's to the same Step."""
    compared = changed_answers(evidence.pairs, endpoints=endpoints)
    by_themselves = _by_themselves(compared) if compared.nondeterministic else None
    if evidence.answers is None or not compared.compared:
        return Finding.nothing(f"Not measured: {_lower(by_themselves or 'nobody looked at the answers that changed.')}")
    of_all_on = evidence.answers[(evidence.answers["cell"] == OPTIMISED) & (evidence.answers["class"] == "stale")]
    if endpoints is not None:
        of_all_on = of_all_on[of_all_on["endpoint"].isin(endpoints)]
    rounds = Pairs.of(evidence.pairs, measured_only=False, endpoints=endpoints).rounds
    return _counted(0, len(of_all_on), compared.compared, rounds, by_themselves)


def _repeated(evidence: Evidence, endpoints: Sequence[str] | None) -> Finding:
    """Queries that repeat in one request, with everything on and with everything off; caches left aside."""
    if not evidence.queries:
        return Finding.nothing("Not measured: no request had its queries noted one by one.")
    factors = [factor["name"] for factor in evidence.scenario.get("factors") or []]
    before = patterns(evidence.queries, [BASELINE], endpoints)
    after = patterns(evidence.queries, optimised_cells(evidence.scenario, factors), endpoints)
    every = [e["name"] for e in (evidence.scenario.get("traffic") or {}).get("endpoints") or []]
    named = every if endpoints is None else endpoints
    missing = [name for name in named if evidence.checked and name not in evidence.checked]
    if missing and not after:
        return Finding.nothing(f"Not measured: no check noted the queries of {', '.join(missing)}.")
    known = evidence.checked or {row["endpoint"]: row["requests"] for row in evidence.queries}
    n = sum(requests for endpoint, requests in known.items() if endpoints is None or endpoint in endpoints)
    return _counted(before, after, n, 0, None)


def _index_count(evidence: Evidence, endpoints: Sequence[str] | None) -> Finding:
    if evidence.index_count is None:
        return Finding.nothing("Not measured: the run does not say how many indexes its factor switches.")
    return _counted(0, evidence.index_count, 1, 0, None)


def _counted(before: int, after: int, n: int, rounds: int, reason: str | None) -> Finding:
    """An exact count: its interval is the count itself."""
    exact = float(after)
    return Finding(float(before), exact, exact, exact, exact, n, rounds, reason)


METERS: dict[str, Meter] = {
    "cache_hit_rate": _hit_rate,
    "changed_answers": _changed,
    "stale_answers": _stale,
    "repeated_queries": _repeated,
}
# Counts, which hold whatever was answered.
EXACT = ("changed_answers", "stale_answers", "repeated_queries", "index_count")


def _lower(sentence: Any) -> str:
    text = str(sentence)
    return text[:1].lower() + text[1:]
