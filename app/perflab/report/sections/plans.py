"""How the database executes the slowest query of each endpoint that reads, before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from perflab import units
from perflab.analysis.database.plan import Node
from perflab.analysis.database.queries import optimised_cells
from perflab.report.html import Markup, Section, code_block, element, note, paragraph, section
from perflab.report.lookup import Row
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.tables import rows_where

ID = "plans"
HEADING = "The slowest read query of each endpoint"
NOTHING = "No query plan was recorded in this run."
MAX_LENGTH = 400
CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "Sort Key")
NOTE = (
    "For each endpoint, the slowest read-only query of its check requests was executed again by itself on an idle copy of the "
    "database: one with everything off, and one with everything on{}. Queries that write are not executed. The two "
    "queries may come from different requests: they show what is slow in each cell, not the gain of a switch. Rows "
    "removed by a filter were read and discarded."
)

NOTE_ALONE = (
    "For each endpoint, the slowest read-only query of its check requests was executed again by itself on an idle copy of the "
    "database. Queries that write are not executed. Rows removed by a filter were read and discarded."
)


def build(summary: Summary, run: Run) -> Section:
    """Return a folded part for each endpoint that has a plan."""
    plans = list(_slowest(run))
    if not plans:
        return section(ID, HEADING, paragraph(NOTHING))
    counts = _counts(summary, run)
    if not run.factors:
        shown = [_alone(endpoint, counts.get(endpoint, {}), row) for endpoint, row, _ in plans if row is not None]
        return section(ID, HEADING, *shown, note(NOTE_ALONE))
    but = " except the caches" if optimised_cells(run.scenario, run.factors)[-1] != OPTIMISED else ""
    parts = [_part(endpoint, counts.get(endpoint, {}), before, after, but) for endpoint, before, after in plans]
    return section(ID, HEADING, *parts, note(NOTE.format(but)))


def _slowest(run: Run) -> Iterator[tuple[str, Row | None, Row | None]]:
    """By endpoint: the row of the slowest query that has a plan, with everything off and with everything on but the caches."""
    after = optimised_cells(run.scenario, run.factors)[-1]
    timed = run.plans[run.plans["seconds"].notna().to_numpy(bool)].sort_values(
        "seconds", ascending=False, kind="stable"
    )
    for endpoint in sorted(timed["endpoint"].unique()):
        rows = rows_where(timed, endpoint=endpoint)
        yield str(endpoint), _first(rows, BASELINE), _first(rows, after)


def _first(rows: pd.DataFrame, cell: str) -> dict[str, Any] | None:
    of_cell = rows_where(rows, cell=cell)
    return {str(name): value for name, value in of_cell.iloc[0].items()} if len(of_cell) else None


def _counts(summary: Summary, run: Run) -> dict[str, dict[str, float]]:
    """By endpoint: queries per request in both cells, as in the query ledger."""
    sides = {BASELINE: "before", optimised_cells(run.scenario, run.factors)[-1]: "after"}
    counts: dict[str, dict[str, float]] = {}
    for row in summary.queries:
        side = sides.get(row["cell"])
        if side:
            of_endpoint = counts.setdefault(row["endpoint"], {})
            of_endpoint[side] = of_endpoint.get(side, 0) + row["times"]
    return counts


def _part(endpoint: str, counts: Mapping[str, float], before: Row | None, after: Row | None, but: str) -> Markup:
    """An endpoint's queries on both sides, folded: one query that takes longer may replace many."""
    sides = "; ".join(
        f"{side}: {units.counted(counts.get(side), 'query', 'queries')}, the slowest read query {_time(row)}"
        for side, row in (("before", before), ("after", after))
    )
    return element(
        "details", element("summary", f"{endpoint}, {sides}"), *_plan("Before: everything off", before),
        *_plan(f"After: everything on{but}", after),
    )  # fmt: skip


def _alone(endpoint: str, counts: Mapping[str, float], row: Row) -> Markup:
    """An endpoint's queries in a run that compares nothing, folded."""
    made = units.counted(counts.get("after"), "query", "queries")
    return element(
        "details",
        element("summary", f"{endpoint}: {made}, the slowest read query {_time(row)}"),
        *_plan("Its plan", row),
    )


def _plan(heading: str, row: Row | None) -> Iterator[Markup]:
    yield element("p", f"{heading}, {_time(row)}")
    if row is not None:
        yield code_block(units.cut(str(row["statement"]), MAX_LENGTH))
        yield code_block("\n".join(outline(json.loads(row["plan"]))))


def _time(row: Row | None) -> str:
    return units.UNKNOWN if row is None else units.seconds(row["seconds"])


def outline(node: Node | list[str], depth: int = 0) -> Iterator[str]:
    """Yield a plan as lines: what each node reads, by which condition, and how many rows it keeps and discards.

    Args:
        node: A node of PostgreSQL's JSON, or the lines of SQLite.
        depth: How deep the node lies in the plan.
    """
    if isinstance(node, list):  # SQLite's
        yield from node
        return
    words = [str(node.get("Node Type", "?"))]
    words += [f"using {node['Index Name']}"] if "Index Name" in node else []
    words += [f"on {node['Relation Name']}"] if "Relation Name" in node else []
    if "Actual Rows" in node:
        words.append(f"({', '.join(_row_counts(node))})")
    yield "  " * depth + " ".join(words)
    for key in CONDITIONS:
        if key in node:
            value = node[key]
            yield "  " * (depth + 2) + f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
    for child in node.get("Plans", ()):
        yield from outline(child, depth + 1)


def _row_counts(node: Node) -> Iterator[str]:
    """How many rows a node returned and removed, and how often it ran."""
    loops, removed = int(node.get("Actual Loops", 1)), node.get("Rows Removed by Filter")
    yield units.counted(float(node["Actual Rows"]), "row")
    if removed:
        yield f"{units.count(float(removed))} discarded"
    if loops != 1:
        yield f"{loops:,} loops"
