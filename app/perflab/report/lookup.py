"""Rows of a summary by what they are about: the only place in the report that knows how summary.json is laid out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from perflab.run.cells import ALL, MIX, WHOLE
from perflab.run.scenario import cache_factors
from perflab.run.store import Run

Summary = Mapping[str, Any]
Row = Mapping[str, Any]
Effect = Mapping[str, Any]
Claim = Mapping[str, Any]
Finding = Mapping[str, Any]

SERVICE_TIME = "latency_s"


def effect(
    summary: Summary,
    endpoint: str = ALL,
    metric: str = SERVICE_TIME,
    contrast: str = WHOLE,
    statistic: str = "mean",
) -> Effect | None:
    """Return one effect of a summary, or None where it was not estimated.

    Args:
        summary: summary.json.
        endpoint: An endpoint's name, ALL, or a part of the traffic.
        metric: The column that was compared.
        contrast: Which cell is compared with which.
        statistic: `mean`, a quantile such as `p95`, or `geomean of means`.
    """
    wanted = (endpoint, metric, contrast, statistic)
    for row in summary.get("effects", []):
        if (row["endpoint"], row["metric"], row["contrast"], row["statistic"]) == wanted:
            return row if row["before"] is not None and row["after"] is not None else None
    return None


def by_endpoint(
    summary: Summary, metric: str = SERVICE_TIME, contrast: str = WHOLE, *, with_all: bool = False
) -> list[Effect]:
    """Return the mean effects of single endpoints that were requested.

    Args:
        summary: summary.json.
        metric: The column that was compared.
        contrast: Which cell is compared with which.
        with_all: Whether the row of all requests is among them.
    """
    return [
        row
        for row in summary.get("effects", [])
        if (row["metric"], row["statistic"], row["contrast"]) == (metric, "mean", contrast)
        and (with_all or row["endpoint"] != ALL) and row["endpoint"] not in MIX and row["n"]
    ]  # fmt: skip


def by_part(summary: Summary, metric: str = SERVICE_TIME) -> dict[str, Effect]:
    """Return the effects of all requests and of each part of the traffic, by the part's name."""
    return {
        row["endpoint"]: row
        for row in summary["effects"]
        if row["endpoint"] in (ALL, *MIX) and row["contrast"] == WHOLE and row["metric"] == metric
        and row["statistic"] in ("mean", "geomean of means")
    }  # fmt: skip


def requests(summary: Summary, endpoint: str) -> int:
    """Return how many requests an endpoint's service time rests on; 0 where that is unknown."""
    for row in summary.get("effects", []):
        if (row["endpoint"], row["metric"], row["statistic"], row["contrast"]) == (
            endpoint,
            SERVICE_TIME,
            "mean",
            WHOLE,
        ):
            return int(row.get("n") or 0)
    return 0


def shares(summary: Summary, metric: str = SERVICE_TIME) -> list[Row]:
    """Return the attribution's rows of factors, the largest share of the gain first."""
    rows = [
        row
        for row in summary.get("attribution") or []
        if row["metric"] == metric and row.get("kind", "factor") == "factor"
    ]
    return sorted(rows, key=lambda row: -(row.get("shapley_share") or 0.0))


def interactions(summary: Summary, metric: str = SERVICE_TIME) -> list[Row]:
    """Return the attribution's rows of pairs of factors, where they are on the log scale."""
    return [
        row
        for row in summary.get("attribution") or []
        if row["metric"] == metric and row.get("kind") == "interaction" and row["scale"] == "log"
    ]


def findings(summary: Summary, classes: Collection[str] | None = None) -> list[Finding]:
    """Return the summary's findings, of some classes only where they are given."""
    return [row for row in summary.get("findings") or [] if classes is None or row["class"] in classes]


def control(summary: Summary, name: str) -> Row:
    """Return what one control of the run showed; empty where the run has no such control."""
    return (summary.get("control") or {}).get(name) or {}


def withheld(summary: Summary) -> list[str]:
    """Return the reasons for which no verdict on times is drawn."""
    return list((summary.get("control") or {}).get("withheld") or [])


def equivalence(summary: Summary) -> Row:
    """Return what the comparison of responses came to; empty where none was made."""
    return summary.get("equivalence") or {}


def cache_of_all(summary: Summary) -> Row | None:
    """Return the cache ledger's row of all endpoints together."""
    return next((row for row in summary.get("cache") or [] if row["endpoint"] == ALL), None)


def candidates(summary: Summary) -> list[Row]:
    """Return the rows of the indexes that were examined."""
    return [row for row in summary.get("indexes") or [] if row["candidate"]]


def has_cache(run: Run) -> bool:
    """Return whether one of the run's factors is a cache, or a cache was probed for stampedes."""
    return bool(cache_factors(run.scenario)) or len(run.concurrency) > 0 or "burst" in run.failed_stages
