"""The whole of summary.json, from one saved run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from perflab.analysis.caching import concurrency
from perflab.analysis.caching import ledger as caching
from perflab.analysis.caching.counts import counts, disagreement
from perflab.analysis.caching.findings import of_cache
from perflab.analysis.caching.flush import flush
from perflab.analysis.caching.ledger import CacheRow
from perflab.analysis.capacity import ledger as capacity
from perflab.analysis.claims import claims, withholding
from perflab.analysis.contacts import of_contacts
from perflab.analysis.costs import of_effects, of_levels
from perflab.analysis.database import bypass, indexes
from perflab.analysis.database.findings import of_indexes
from perflab.analysis.database.mistakes.findings import of_queries
from perflab.analysis.database.queries import QueryRow, checked, ledger
from perflab.analysis.effects.attribution import METRICS as ATTRIBUTED
from perflab.analysis.effects.attribution import with_interactions, with_intervals_of
from perflab.analysis.effects.control import Controls, control
from perflab.analysis.effects.effects import effects
from perflab.analysis.effects.mix import mixed_effects
from perflab.analysis.effects.stopping import confidence_of
from perflab.analysis.effects.table import of_table
from perflab.analysis.levels import levels, parts_of
from perflab.analysis.memory import memory_growth
from perflab.analysis.responses.answers import changed
from perflab.analysis.responses.blame import visible
from perflab.analysis.responses.equivalence import equivalence
from perflab.analysis.responses.findings import of_answers, of_masks, of_tables
from perflab.analysis.responses.further import DEPENDS_ON_HISTORY, history_of, of_further, unexplained, without_history
from perflab.analysis.responses.ordering import consequences, with_orders
from perflab.analysis.responses.statuses import of_statuses
from perflab.analysis.responses.unchecked import Unchecked, unchecked
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import plain
from perflab.run import cells
from perflab.run.cells import CANARY, TWIN, TWIN_OFF, WHOLE
from perflab.run.metrics import PAIRED_MEDIAN, metric_of
from perflab.run.phases import LOAD
from perflab.run.records import Attribution, ClaimResult, Effect, Finding
from perflab.run.scenario import cache_factors, endpoint_weights, fullest_cell
from perflab.run.summary import Summary
from perflab.run.writer import ending

if TYPE_CHECKING:
    import pandas as pd

    from perflab.run.store import Run

# What makes a row of summary.json.
Record = ClaimResult | Effect | Attribution | Finding | CacheRow | QueryRow | Unchecked
QUANTILES = ("p50", "p95", "p99", "geomean")


def summarise(run: Run) -> Summary:
    """Return everything that summary.json says of a run, without the verdict in words; what is unknown is null.

    From a run that is not complete no verdict is drawn: claims are not measured, effects inconclusive.
    """
    margin, confidence = float(run.scenario.get("margin", 0.02)), confidence_of(run.meta)
    pairs = arranged(run)  # once, for all that follows
    answers = answers_of(run, pairs)
    queries = ledger(run.queries, run.trace)
    cache = caching.ledger(pairs, run.trace, run.operations, answers, run.scenario, run.factors, confidence)
    same = equivalence(pairs, run.trace, answers)
    index_rows = indexes.ledger(
        run.catalogue, run.usage, run.plans, run.index_study, run.index_study_counters, run.scenario, confidence, margin,
        same.nondeterministic,
    )  # fmt: skip
    counted = counts(pairs.samples, run.counters, run.scenario, run.environment)
    has_control, not_checked = TWIN_OFF in pairs.cells, unchecked(pairs, run.trace, run.scenario, run.meta)
    differences = visible(answers, run.differences, run.meta.get("masks") or ()) if has_control else run.differences
    by_themselves = int((answers["class"] == "unstable").sum()) if has_control else 0
    load_test = capacity.ledger(run, confidence)
    results, controls = judge(run, pairs, answers, queries, not_checked, load_test)
    measured = Pairs.of(pairs).keeping(ATTRIBUTED)
    of_cells = _effects(run, measured, margin, controls.withheld)
    attributions = with_intervals_of(with_interactions(measured, run.factors, confidence), of_cells)
    checks = run.meta.get("further_checks") or ()
    different = unexplained(
        of_answers(
            with_orders(answers, run.plans, run.scenario, run.factors),
            run.factors,
            run.trace,
            differences,
            has_control=has_control,
        ),
        history_of(checks),
    )
    further = of_further(checks, run.factors, {finding.endpoint for finding in different})
    flushed = flush(measured, (run.meta.get("warm") or {}).get("parts") or (), confidence, fullest_cell(run.scenario))
    findings = [
        *of_statuses(pairs.samples, run.scenario, run.meta.get("first_requests"), run.factors),
        *(finding for finding in further if finding.kind == DEPENDS_ON_HISTORY),  # it explains what follows
        *different,
        *of_masks(run.meta.get("masks") or (), run.scenario),
        *consequences(of_tables(run.tables, run.factors), different, run.scenario),
        *(finding for finding in further if finding.kind != DEPENDS_ON_HISTORY),
        *of_queries(run, queries),
        *of_indexes(index_rows, run.suggestions, run.environment.get("indexes"), run.catalogue.get("urls")),
        *disagreement(counted, run.scenario),
        *bypass.disagreement(run.meta.get("statements") or []),
        *bypass.reconnects(pairs.samples, run.scenario),
        *bypass.unsent_signals(run.catalogue.get("unsent_signals") or []),
        *of_cache(cache, run.operations, run.trace, run.scenario, concurrency.counters(run.concurrency)),
        *concurrency.serialised(run.concurrency, cache_factors(run.scenario)),
        *memory_growth(run.counters, run.trace, run.scenario, run.factors),
        *of_contacts(run.meta.get("contacts") or [], run.scenario),
    ]
    rows = plain(  # neither NaN nor numbers of numpy
        {
            "scenario": run.scenario_name,
            "run_id": run.run_id,
            "claims": _rows(results),
            "effects": _rows(of_cells),
            "attribution": _rows(attributions),
            "equivalence": {
                **same.as_dict(),
                "masks": run.meta.get("masks") or [],
                **({"not_checked": _rows(not_checked)} if not_checked else {}),
                **({"by_themselves": by_themselves} if by_themselves else {}),
            },
            "findings": _rows(findings),
            "cache": _rows(cache),
            "flush": None if flushed is None else flushed.as_dict(),
            "indexes": index_rows,
            "queries": _rows(queries),
            "levels": _levels(run, confidence),
            "parts": {} if run.factors else parts_of(run),
            "capacity": load_test,
            "control": {**controls.as_dict(), "cache_counts": counted.as_dict()},
            "environment": run.environment,
        }
    )
    return Summary.of(rows)


def arranged(run: Run) -> Pairs:
    """Return a run's samples, warm-up included, with the weights of its scenario's endpoints.

    Args:
        run: The run.
    """
    return Pairs.of(run.sample_columns, measured_only=False, weights=endpoint_weights(run.scenario))


def _rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    return [record.as_dict() for record in records]


def answers_of(run: Run, pairs: Pairs) -> pd.DataFrame:
    """Return the responses of a run that differ from the baseline's, see `answers.changed`.

    Args:
        run: The run.
        pairs: Its samples, warm-up included.
    """
    answers = changed(pairs, run.trace, run.differences, run.scenario, run.meta.get("masks") or (), run.before)
    return without_history(answers, history_of(run.meta.get("further_checks") or ()))


def judge(
    run: Run,
    pairs: Pairs,
    answers: pd.DataFrame | None = None,
    queries: Sequence[QueryRow] | None = None,
    not_checked: Sequence[Unchecked] | None = None,
    load_test: Sequence[Mapping[str, Any]] = (),
) -> tuple[list[ClaimResult], Controls]:
    """Return a run's claims as judged, and its controls: a tenth of what the whole summary costs.

    Args:
        run: The run.
        pairs: Its samples, warm-up included.
        answers: The responses that differ, see `answers.changed`; None computes them.
        queries: The query ledger; None computes it.
        not_checked: The checks that could not have failed; None computes them.
        load_test: The ledger of the load test.
    """
    if answers is None:
        answers = answers_of(run, pairs)
    confidence = confidence_of(run.meta)
    controls = control(pairs, confidence, float(run.scenario.get("margin", 0.02)), compared=bool(run.factors))
    results = claims(
        pairs,
        run.scenario,
        index_count=index_count(run.environment.get("indexes")),
        complete=run.complete,
        withheld=controls.withheld,
        confidence=confidence,
        answers=answers,
        not_checked=unchecked(pairs, run.trace, run.scenario, run.meta) if not_checked is None else not_checked,
        queries=ledger(run.queries, run.trace) if queries is None else queries,
        checked=checked(run.trace),
        capacity=load_test,
        no_capacity=why_no_capacity(run),
    )
    return results, controls


def _effects(run: Run, measured: Pairs, margin: float, withheld: Sequence[str]) -> list[Effect]:
    """Return all contrasts by the mean, quantiles of service time for the whole, the mix taken apart, and what it costs."""
    if not run.factors:
        return []
    contrasts = cells.contrasts(run.factors)
    whole = [contrast for contrast in contrasts if contrast.name == WHOLE]
    subject = [c for c in contrasts if not {c.baseline, c.candidate} & {TWIN, CANARY}]
    confidence = confidence_of(run.meta)
    tables = (
        effects(measured, run.factors, confidence=confidence, margin=margin),
        effects(
            measured,
            run.factors,
            ["latency_s"],
            statistics=QUANTILES,
            confidence=confidence,
            margin=margin,
            contrasts=whole,
        ),
        mixed_effects(measured, run.scenario, subject, run.trace, confidence=confidence, margin=margin),
    )
    rows = [effect for table in tables for effect in of_table(table)]
    if run.meta.get("revisions"):
        # Two versions of the code differ by little, so that requests which something interrupted would decide the mean.
        paired = effects(
            measured,
            run.factors,
            ["latency_s"],
            statistics=[PAIRED_MEDIAN],
            confidence=confidence,
            margin=margin,
            contrasts=subject,
        )
        rows += of_table(paired)
    rows += of_effects(rows, run.scenario.get("prices"))
    return [_concluded(effect, run, withheld) for effect in rows]


def _levels(run: Run, confidence: float) -> list[dict[str, Any]]:
    """Return what requests take in the only cell of a run without factors; nothing of another run."""
    if run.factors:
        return []
    measured = Pairs.of(run.sample_columns, weights=endpoint_weights(run.scenario))
    rows = levels(measured, fullest_cell(run.scenario), confidence)
    return [*rows, *of_levels(rows, run.scenario.get("prices"))]


def _concluded(effect: Effect, run: Run, withheld: Sequence[str]) -> Effect:
    """Return an effect without the verdict that its run does not allow."""
    if not run.complete:
        return replace(
            effect,
            verdict="inconclusive",
            statistically_significant=None,
            practically_significant=None,
            note=unfinished(run.status),
        )
    if withheld and metric_of(effect.metric).timed and effect.rounds:
        return replace(effect, verdict="inconclusive", note=withholding(withheld))
    return effect


def why_no_capacity(run: Run) -> str | None:
    """Return why a run has no load test; None if it has one."""
    if run.meta.get("load") and len(run.capacity_windows):
        return None
    if LOAD in run.failed_stages:
        return f"the load test failed: {run.failed_stages[LOAD]}"
    if not run.scenario.get("capacity"):
        return "this requires a load test: the scenario has no `capacity`."
    return "the profile skips the load test; `perflab capacity` runs it."


def index_count(indexes: Any) -> int | None:
    """Return how many indexes the factor switches, from what the environment says of it: a count, names, or either per factor."""
    if indexes is None or isinstance(indexes, (bool, str)):
        return None
    if isinstance(indexes, int):
        return indexes
    if isinstance(indexes, Mapping) and "count" in indexes:
        return index_count(indexes["count"])
    if isinstance(indexes, Mapping):
        recorded = [count for count in map(index_count, indexes.values()) if count is not None]
        return sum(recorded) if recorded else None
    return len(indexes) if isinstance(indexes, Sequence) else None


def unfinished(status: str) -> str:
    """Return the sentence that says why no verdict is drawn from a run of this status."""
    return f"The run {ending(status)}: no verdict is drawn from it."
