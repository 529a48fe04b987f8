"""Parts of a summary by what they are about: the only place in the report that knows how a summary is laid out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from perflab.analysis.database.findings import LACKING
from perflab.run.cells import ALL, MIX, WHOLE
from perflab.run.metrics import PAIRED_MEDIAN, metric_of
from perflab.run.phases import CONCURRENCY
from perflab.run.records import Attribution, ClaimResult, Effect, Finding
from perflab.run.scenario import cache_factors, endpoint_weights
from perflab.run.store import Run
from perflab.run.summary import Summary

# A row of a ledger, or what a control showed.
Row = Mapping[str, Any]

SERVICE_TIME = "latency_s"
# What the effects of a row of the index ledger are about: all requests of a kind, without the index and with it.
WITHOUT_INDEX = {"endpoint": ALL, "statistic": "mean", "contrast": "without the index / all_on"}


def effect(
    summary: Summary,
    endpoint: str = ALL,
    metric: str = SERVICE_TIME,
    contrast: str = WHOLE,
    statistic: str = "mean",
) -> Effect | None:
    """Return one effect of a summary, or None where it was not estimated.

    Args:
        summary: The run's summary.
        endpoint: An endpoint's name, ALL, or a part of the traffic.
        metric: The column that was compared.
        contrast: Which cell is compared with which.
        statistic: `mean`, a quantile such as `p95`, or `geomean of means`.
    """
    wanted = (endpoint, metric, contrast, statistic)
    for row in summary.effects:
        if (row.endpoint, row.metric, row.contrast, row.statistic) == wanted:
            return row if row.before is not None and row.after is not None else None
    return None


def level(summary: Summary, endpoint: str = ALL, metric: str = SERVICE_TIME, statistic: str = "mean") -> Row | None:
    """Return what requests take in the only cell of a run without factors; None where that is unknown.

    Args:
        summary: The run's summary.
        endpoint: An endpoint's name, or ALL.
        metric: The metric.
        statistic: `mean`, or a quantile such as `p95`.
    """
    wanted = (endpoint, metric, statistic)
    return next((row for row in summary.levels if (row["endpoint"], row["metric"], row["statistic"]) == wanted), None)


def levels(summary: Summary, metric: str = SERVICE_TIME) -> list[Row]:
    """Return the mean levels of single endpoints in a run without factors.

    Args:
        summary: The run's summary.
        metric: The metric.
    """
    return [
        row
        for row in summary.levels
        if (row["metric"], row["statistic"]) == (metric, "mean") and row["endpoint"] != ALL
    ]


def with_everything_on(run: Run) -> str:
    """Return ` with everything on`, which says where a figure is from; nothing in a run without factors."""
    return " with everything on" if run.factors else ""


def by_endpoint(
    summary: Summary, metric: str = SERVICE_TIME, contrast: str = WHOLE, *, with_all: bool = False
) -> list[Effect]:
    """Return the mean effects of single endpoints that were requested.

    Args:
        summary: The run's summary.
        metric: The column that was compared.
        contrast: Which cell is compared with which.
        with_all: Whether the effect over all requests is among them.
    """
    return [
        row
        for row in summary.effects
        if (row.metric, row.statistic, row.contrast) == (metric, "mean", contrast)
        and (with_all or row.endpoint != ALL) and row.endpoint not in MIX and row.n
    ]  # fmt: skip


def typical(summary: Summary, contrast: str = WHOLE) -> dict[str, Effect]:
    """Return by how much the same request takes longer, as a median, by endpoint, ALL included; only between revisions.

    Args:
        summary: The run's summary.
        contrast: Which cell is compared with which.
    """
    wanted = (SERVICE_TIME, PAIRED_MEDIAN, contrast)
    return {
        row.endpoint: row
        for row in summary.effects
        if (row.metric, row.statistic, row.contrast) == wanted and row.ratio is not None
    }


def by_part(summary: Summary, metric: str = SERVICE_TIME) -> dict[str, Effect]:
    """Return the effects of all requests and of each part of the traffic, by the part's name."""
    return {
        row.endpoint: row
        for row in summary.effects
        if row.endpoint in (ALL, *MIX) and row.contrast == WHOLE and row.metric == metric
        and row.statistic in ("mean", "geomean of means")
    }  # fmt: skip


def requests(summary: Summary, endpoint: str) -> int:
    """Return how many requests an endpoint's service time rests on; 0 where that is unknown."""
    wanted = (endpoint, SERVICE_TIME, WHOLE, "mean")
    rows = (row for row in summary.effects if (row.endpoint, row.metric, row.contrast, row.statistic) == wanted)
    return next((row.n for row in rows), 0)


def part_of(summary: Summary, run: Run, endpoints: Collection[str]) -> float | None:
    """Return which part of the traffic endpoints are, by the scenario's weights; without weights, of the measured requests.

    None where that is unknown, too.

    Args:
        summary: The run's summary.
        run: The run.
        endpoints: The endpoints' names.
    """
    weights = endpoint_weights(run.scenario) or {}
    if endpoints and set(endpoints) <= set(weights):
        return sum(weights[name] for name in endpoints) / sum(weights.values())
    n, of_all = sum(requests(summary, name) for name in endpoints), requests(summary, ALL)
    return n / of_all if n and of_all else None


def claim_about(summary: Summary, *metrics: str) -> ClaimResult | None:
    """Return the first claim about one of these metrics; a scenario states first what matters most."""
    return next((claim for claim in summary.claims if claim.metric in metrics), None)


def claimed_level(claim: ClaimResult | None) -> float | None:
    """Return the mean that a claim of a reduction corresponds to: what is left after it; None for any other claim."""
    if claim is None or claim.direction != "at_least" or claim.before is None:
        return None
    return claim.before * (1 - claim.bound) if metric_of(claim.metric).kind == "reduction" else None


def shares(summary: Summary, metric: str = SERVICE_TIME) -> list[Attribution]:
    """Return the attribution to single factors, the largest share of the gain first."""
    rows = [row for row in summary.attribution if row.metric == metric and row.kind == "factor"]
    return sorted(rows, key=lambda row: -(row.shapley_share or 0.0))


def interactions(summary: Summary, metric: str = SERVICE_TIME) -> list[Attribution]:
    """Return the attribution to factors together, where it is on the log scale."""
    return [
        row for row in summary.attribution if row.metric == metric and row.kind == "interaction" and row.scale == "log"
    ]


def findings(summary: Summary, kinds: Collection[str] | None = None) -> list[Finding]:
    """Return the summary's findings, of some kinds only where they are given."""
    return [finding for finding in summary.findings if kinds is None or finding.kind in kinds]


def lacking(summary: Summary) -> list[Finding]:
    """Return the findings about indexes that would help; a sort that no index serves is none of them."""
    unserved = "sort_unserved"
    return [finding for finding in findings(summary, LACKING) if finding.kind != unserved or "index" in finding.example]


def control(summary: Summary, name: str) -> Row:
    """Return what one control of the run showed; empty where the run has no such control."""
    return summary.control.get(name) or {}


def noise_floor(summary: Summary) -> float | None:
    """Return the largest difference that may be noise, relative; None where it is unknown."""
    floor: float | None = summary.control.get("noise_floor")
    return floor


def withheld(summary: Summary) -> list[str]:
    """Return the reasons why no verdict on times is drawn."""
    return list(summary.control.get("withheld") or [])


def cache_of_all(summary: Summary) -> Row | None:
    """Return the cache ledger's row of all endpoints together."""
    return next((row for row in summary.cache if row["endpoint"] == ALL), None)


def never_asked(summary: Summary) -> bool:
    """Return whether a project that declares, stores or deletes cached responses, or switches a cache, looks nothing up."""
    whole = cache_of_all(summary)
    return whole is not None and whole.get("gets") == 0


def candidates(summary: Summary) -> list[Row]:
    """Return the rows of the indexes that were examined."""
    return [row for row in summary.indexes if row["candidate"]]


def without_index(row: Row, kind: str) -> Effect | None:
    """Return the effect of lacking an index; None where it was not measured.

    Args:
        row: The index ledger's row.
        kind: `reads`, `writes` or `durable_writes`.
    """
    measured = row[kind]
    return Effect.of({**WITHOUT_INDEX, **measured}) if measured and measured["n"] else None


def worst_without_index(row: Row, kind: str) -> Effect | None:
    """Return the worst regression of an endpoint that lacks an index; None where there is none.

    Args:
        row: The index ledger's row.
        kind: `reads`, `writes` or `durable_writes`.
    """
    worst = (row[kind] or {}).get("worst")
    return Effect.of({**WITHOUT_INDEX, **worst}) if worst else None


def uses_cache(summary: Summary, run: Run) -> bool:
    """Return whether the page has anything to say of a cache: a factor switches one, or a request used one."""
    return bool(summary.cache) or has_cache(run)


def has_cache(run: Run) -> bool:
    """Return whether one of the run's factors is a cache, or a cache was probed for stampedes."""
    return bool(cache_factors(run.scenario)) or len(run.concurrency) > 0 or CONCURRENCY in run.failed_stages
