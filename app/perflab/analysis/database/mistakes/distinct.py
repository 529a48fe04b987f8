"""Queries that sort many rows, or collect them in a hash table, only to drop duplicates: mostly those of a join."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlglot import exp

from perflab.analysis.database.conditions import parsed
from perflab.analysis.database.mistakes.cause import Cause, cause_of
from perflab.analysis.database.mistakes.planned import Planned, planned
from perflab.analysis.database.plan import Node, nodes
from perflab.run.records import Finding

# Fewer rows are sorted faster than a query travels; and what keeps most of its rows has no duplicates to avoid.
MIN_ROWS = 1000
MAX_KEPT = 0.5
SORTING = ("Sort", "Incremental Sort")


def distinct_sorts(
    plans: pd.DataFrame, queries: pd.DataFrame, scenario: Mapping[str, Any], factors: Sequence[str]
) -> Iterator[Finding]:
    """Yield `sort_unserved` for each SELECT DISTINCT that reads many rows to keep few, with all factors on, caches left aside.

    Of SQLite's plans the numbers of rows are not known, and there is none.

    Args:
        plans: The plans of the check requests' queries.
        queries: The queries of the check requests.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    for query in planned(plans, queries, scenario, factors, lambda row: dropped(row) is not None):
        rows = dropped(query.row)
        if rows is not None:
            yield _finding(query, *rows, cause_of(query.cells, scenario, factors))


def dropped(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return how many rows a SELECT DISTINCT compares and how many it keeps; None if it is none, or if they are few.

    Args:
        row: A row of the table `plans`.
    """
    plan = json.loads(row["plan"])
    if not isinstance(plan, Mapping) or "DISTINCT" not in str(row["fingerprint"]).upper():
        return None
    tree = parsed(str(row["statement"]), "postgres")
    if not isinstance(tree, exp.Select) or tree.args.get("distinct") is None or tree.args.get("group") is not None:
        return None
    kept = next((node for node, _ in nodes(plan) if _drops(node)), None)
    compared = None if kept is None else _rows(_below(kept))
    if kept is None or compared is None or compared < MIN_ROWS or _rows(kept) is None:
        return None
    return (compared, float(_rows(kept) or 0)) if float(_rows(kept) or 0) <= MAX_KEPT * compared else None


def _drops(node: Node) -> bool:
    """Return whether a node drops duplicates: by comparing neighbours, or by a hash table."""
    return node.get("Node Type") == "Unique" or (
        node.get("Node Type") == "Aggregate" and node.get("Strategy") in ("Hashed", "Sorted", "Mixed")
    )


def _below(node: Node) -> Node:
    """Return what a node reads, below a sort."""
    below: Node = next(iter(node.get("Plans", ())), {})
    while below.get("Node Type") in SORTING:
        below = next(iter(below.get("Plans", ())), {})
    return below


def _rows(node: Node) -> float | None:
    """Return the rows that a node returns, in all its loops; None if unknown."""
    rows = node.get("Actual Rows")
    return None if rows is None else float(rows) * float(node.get("Actual Loops", 1))


def _finding(query: Planned, compared: float, kept: float, cause: Cause) -> Finding:
    return Finding(
        "sort_unserved",
        "warning",
        f"{query.endpoint} compares {compared:,.0f} rows for DISTINCT to keep {kept:,.0f} in a request{query.details}"
        f"{cause.clause}: no index serves that, and EXISTS in place of the join has no duplicates to drop.",
        endpoint=query.endpoint,
        method=query.method,
        factors=cause.factors,
        count=query.requests,
        steps=query.steps,
        example={"cell": cause.cell, "sql": query.sql, "source": query.source, "rows": compared},
    )
