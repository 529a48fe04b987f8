"""The whole of summary.json, from one saved run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from perflab.analysis.caching import concurrency
from perflab.analysis.caching import ledger as caching
from perflab.analysis.caching.counts import counts, disagreement
from perflab.analysis.caching.findings import of_cache
from perflab.analysis.claims import claims, withholding
from perflab.analysis.database import indexes
from perflab.analysis.database.findings import of_indexes
from perflab.analysis.database.queries import checked, ledger, repeated
from perflab.analysis.effects.attribution import attribution, interactions
from perflab.analysis.effects.control import control
from perflab.analysis.effects.effects import effects
from perflab.analysis.effects.mix import mixed_effects
from perflab.analysis.effects.stopping import confidence_of
from perflab.analysis.responses.answers import changed
from perflab.analysis.responses.equivalence import equivalence
from perflab.analysis.responses.findings import of_answers, of_tables
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import plain
from perflab.run import cells
from perflab.run.cells import ALL, CANARY, TWIN, WHOLE
from perflab.run.metrics import COST, CPU, metric_of
from perflab.run.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    import pandas as pd

    from perflab.run.store import Run

QUANTILES = ("p50", "p95", "p99", "geomean")


def summarise(run: Run) -> dict[str, Any]:
    """Everything that summary.json says of a run, with exactly its top-level keys; what is unknown is null.

    From a run that is not complete no verdict is drawn: claims are not measured, effects inconclusive.
    """
    margin, confidence = float(run.scenario.get("margin", 0.02)), confidence_of(run.meta)
    pairs = Pairs.of(run.samples, measured_only=False)  # arranged once, for all that follows
    answers = changed(pairs, run.trace, run.differences, run.scenario)
    queries = ledger(run.queries, run.trace)
    cache = caching.ledger(pairs, run.trace, run.operations, answers, run.scenario, run.factors, confidence)
    same = equivalence(pairs, run.trace)
    index_rows = indexes.ledger(
        run.catalogue, run.usage, run.plans, run.index_study, run.index_study_counters, run.scenario, confidence, margin,
        same["nondeterministic"],
    )  # fmt: skip
    counted = counts(run.samples, run.counters, run.scenario, run.environment)
    judged, controls = judge(run, pairs, answers, queries)
    summary: dict[str, Any] = plain(
        {
            "schema": SCHEMA_VERSION,
            "scenario": run.scenario_name,
            "run_id": run.run_id,
            "verdict": None,  # a sentence for people, which the report writes
            "claims": judged,
            "effects": _effects(run, pairs, margin, controls["withheld"]),
            "attribution": [
                *attribution(pairs, run.factors, confidence=confidence),
                *interactions(pairs, run.factors, confidence=confidence),
            ],
            "equivalence": {**same, "masks": run.meta.get("masks") or []},
            "findings": [
                *of_answers(answers, run.factors, run.trace, run.differences),
                *of_tables(run.tables, run.factors),
                *repeated(queries, run.scenario, run.factors),
                *of_indexes(index_rows, run.suggestions, run.environment.get("indexes"), run.catalogue.get("urls")),
                *disagreement(counted, run.scenario),
                *of_cache(cache, run.operations, run.trace, run.scenario, concurrency.counters(run.concurrency)),
            ],
            "cache": cache,
            "indexes": index_rows,
            "queries": queries,
            "capacity": [],
            "control": {**controls, "cache_counts": counted},
            "environment": run.environment,
        }
    )
    return summary


def judge(
    run: Run,
    pairs: Pairs,
    answers: pd.DataFrame | None = None,
    queries: Sequence[Mapping[str, Any]] | None = None,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A run's claims as judged, and its controls: a tenth of what the whole summary costs.

    `answers` are those that differ, see `answers.changed`, and `queries` the ledger, where they are known already.
    """
    if answers is None:
        answers = changed(pairs, run.trace, run.differences, run.scenario)
    confidence = confidence_of(run.meta)
    controls = control(pairs, confidence, float(run.scenario.get("margin", 0.02)))
    judged = claims(
        pairs,
        run.scenario,
        index_count=index_count(run.environment.get("indexes")),
        complete=run.complete,
        withheld=controls["withheld"],
        confidence=confidence,
        answers=answers,
        queries=ledger(run.queries, run.trace) if queries is None else queries,
        checked=checked(run.trace),
    )
    return judged, controls


def _effects(run: Run, pairs: Pairs, margin: float, withheld: Sequence[str]) -> list[dict[str, Any]]:
    """All contrasts by the mean, quantiles of service time for the whole, the mix taken apart, and what it costs."""
    contrasts = cells.contrasts(run.factors)
    whole = [contrast for contrast in contrasts if contrast.name == WHOLE]
    subject = [c for c in contrasts if not {c.baseline, c.candidate} & {TWIN, CANARY}]
    measured, confidence = Pairs.of(pairs), confidence_of(run.meta)
    rows: list[dict[str, Any]] = plain(effects(measured, run.factors, confidence=confidence, margin=margin))
    rows += plain(
        effects(
            measured,
            run.factors,
            ["latency_s"],
            statistics=QUANTILES,
            confidence=confidence,
            margin=margin,
            contrasts=whole,
        )
    )
    rows += plain(mixed_effects(measured, run.scenario, subject, run.trace, confidence=confidence, margin=margin))
    rows += _costs(rows, run.scenario.get("prices"))
    for row in rows:
        if not run.complete:
            row.update(
                verdict="inconclusive",
                statistically_significant=None,
                practically_significant=None,
                note=unfinished(run.status),
            )
        elif withheld and metric_of(row["metric"]).timed and row["rounds"]:
            row.update(verdict="inconclusive", note=withholding(withheld))
    return rows


def _costs(rows: Sequence[dict[str, Any]], prices: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What a million requests cost in processor time, at the scenario's price of an hour of it."""
    if not prices:
        return []
    per_second = float(prices["cpu_hour"]) / 3600 * 1e6
    money = ("before", "after", "difference", "difference_low", "difference_high")
    return [
        {
            **row,
            "metric": COST,
            "currency": prices.get("currency"),
            **{key: None if row[key] is None else row[key] * per_second for key in money},
        }
        for row in rows
        if row["metric"] == CPU and row["endpoint"] == ALL
    ]


def index_count(indexes: Any) -> int | None:
    """How many indexes the factor switches, from what the environment says of it: a count, names, or either per factor."""
    if indexes is None or isinstance(indexes, (bool, str)):
        return None
    if isinstance(indexes, int):
        return indexes
    if isinstance(indexes, Mapping) and "count" in indexes:
        return index_count(indexes["count"])
    if isinstance(indexes, Mapping):
        counts = [index_count(item) for item in indexes.values()]
        known = [count for count in counts if count is not None]
        return sum(known) if known else None
    return len(indexes) if isinstance(indexes, Sequence) else None


def unfinished(status: str) -> str:
    words = {"failed": "failed", "interrupted": "was interrupted", "running": "has not finished"}
    return f"The run {words.get(status, status)}: no verdict is drawn from it."
