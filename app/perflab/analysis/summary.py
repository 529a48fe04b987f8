"""The whole of summary.json, from one saved run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from perflab.analysis.attribution import attribution
from perflab.analysis.claims import claims
from perflab.analysis.control import control
from perflab.analysis.effects import effects
from perflab.analysis.equivalence import equivalence
from perflab.analysis.names import BASELINE, OPTIMISED, WHOLE, Contrast
from perflab.analysis.pairs import Pairs
from perflab.analysis.values import plain
from perflab.measurement import SCHEMA_VERSION

if TYPE_CHECKING:
    from perflab.store import Run

VERDICTS = ("supported", "refuted", "inconclusive", "not measured")


def summarise(run: Run) -> dict[str, Any]:
    """Everything that summary.json says of a run, with exactly its top-level keys; what is unknown is null.

    From a run that is not complete no verdict is drawn: claims are not measured, effects inconclusive.
    """
    margin = float(run.scenario.get("margin", 0.02))
    pairs = Pairs.of(run.samples, measured_only=False)  # arranged once, for all that follows
    found = _effects(run, pairs, margin)
    judged = claims(
        pairs,
        run.scenario,
        index_count=index_count(run.environment.get("indexes")),
        complete=run.complete,
    )
    summary: dict[str, Any] = plain(
        {
            "schema": SCHEMA_VERSION,
            "scenario": run.scenario_name,
            "run_id": run.run_id,
            "verdict": verdict(judged, run.status),
            "claims": judged,
            "effects": found,
            "attribution": attribution(pairs, run.factors),
            "equivalence": equivalence(pairs, run.trace),
            "findings": [],
            "cache": [],
            "indexes": [],
            "queries": [],
            "capacity": [],
            "control": control(pairs, margin=margin),
            "environment": run.environment,
        }
    )
    return summary


def _effects(run: Run, pairs: Pairs, margin: float) -> list[dict[str, Any]]:
    """All contrasts by the mean, and the median and 95th percentile of service time for the whole."""
    whole = [Contrast(WHOLE, BASELINE, OPTIMISED)]
    rows: list[dict[str, Any]] = plain(effects(pairs, run.factors, margin=margin))
    rows += plain(
        effects(pairs, run.factors, ["latency_s"], statistics=("p50", "p95"), margin=margin, contrasts=whole)
    )
    if not run.complete:
        for row in rows:
            row.update(verdict="inconclusive", seen=None, material=None, note=unfinished(run.status))
    return rows


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


def verdict(judged: Sequence[Mapping[str, Any]], status: str = "complete") -> str:
    """The outcome of all claims in one sentence."""
    if status != "complete":
        return unfinished(status)
    if not judged:
        return "The scenario makes no claim."
    counts = Counter(str(claim["verdict"]) for claim in judged)
    parts = [f"{counts[word]} {word}" for word in VERDICTS if counts[word]]
    claims_ = "1 claim" if len(judged) == 1 else f"{len(judged)} claims"
    return f"Of {claims_}: {', '.join(parts)}."
