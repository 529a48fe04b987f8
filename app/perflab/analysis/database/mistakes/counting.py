"""Requests that count a whole table: what a page's number of pages costs grows with the table, not with the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlglot import exp

from perflab.analysis.database.conditions import parsed
from perflab.analysis.database.mistakes.cause import Cause, cause_of
from perflab.analysis.database.mistakes.planned import Planned, planned
from perflab.analysis.database.scans import scans_of
from perflab.run.records import Finding

# Counting so many rows takes about half a millisecond; fewer are no reason to do without a number.
MIN_COUNTED = 5000


def whole_counts(
    plans: pd.DataFrame, queries: pd.DataFrame, scenario: Mapping[str, Any], factors: Sequence[str]
) -> Iterator[Finding]:
    """Yield `scan_count` for each query that reads a large table to count it, with all factors on, caches left aside.

    Of SQLite's plans the numbers of rows are not known, and there is none.

    Args:
        plans: The plans of the check requests' queries.
        queries: The queries of the check requests.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    for query in planned(plans, queries, scenario, factors, lambda row: counted_rows(row) is not None):
        counted = counted_rows(query.row)
        if counted is not None:
            yield _finding(query, *counted, cause_of(query.cells, scenario, factors))


def counted_rows(row: Mapping[str, Any]) -> tuple[str, float] | None:
    """Return which table a query reads as a whole to count, and how many rows; None if it does not, or if they are few.

    Args:
        row: A row of the table `plans`.
    """
    if "COUNT(" not in str(row["fingerprint"]).upper() or not is_count(str(row["statement"])):
        return None
    whole = [
        (scan.table, scan.rows + scan.removed)
        for scan in scans_of(json.loads(row["plan"]), str(row["statement"]))
        if scan.rows is not None and scan.removed is not None  # unknown of a part of an index
    ]
    table, rows = max(whole, key=lambda each: each[1], default=("", 0.0))
    return (table, rows) if rows >= MIN_COUNTED else None


def is_count(statement: str) -> bool:
    """Return whether a statement returns one number of rows and nothing else, as a paginator's does.

    Args:
        statement: The text with its values.
    """
    tree = parsed(statement, "postgres")
    if not isinstance(tree, exp.Select) or tree.args.get("group") is not None or len(tree.expressions) != 1:
        return False
    return isinstance(tree.expressions[0].unalias(), exp.Count)


def _finding(query: Planned, table: str, rows: float, cause: Cause) -> Finding:
    return Finding(
        "scan_count",
        "warning",
        f"{query.endpoint} counts by reading all {rows:,.0f} rows of {table} in a request{query.details}{cause.clause}: that "
        "takes longer with every row.",
        endpoint=query.endpoint,
        method=query.method,
        table=table,
        factors=cause.factors,
        count=query.requests,
        steps=query.steps,
        example={"cell": cause.cell, "sql": query.sql, "source": query.source, "rows": rows},
    )
