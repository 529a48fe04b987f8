"""How the database answers each endpoint's slowest query, before and after: the section of the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from perflab import units
from perflab.analysis.database.queries import optimised_cells
from perflab.report.html import Markup, Section, element, section
from perflab.run.cells import BASELINE
from perflab.run.store import Run
from perflab.run.tables import rows_where

Summary = Mapping[str, Any]
Node = Mapping[str, Any]

LONGEST = 400
CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "Sort Key")
NOTE = (
    "Each query was asked once more, alone, on a quiet copy of the database: the one of the checks that took "
    "longest with everything off, and the one with everything on but the caches. The two may serve different requests: they show "
    "what is slow in each, not what a switch gains. Rows thrown away were read for nothing."
)


def plans(summary: Summary, run: Run) -> Section:
    """One folded part for each endpoint that has a plan."""
    found = list(_slowest(run))
    if not found:
        lead = "No plan was read in this run."
        return section("plans", "The slowest query of each endpoint", element("p", lead), text=lead)
    number = _queries(summary, run)
    parts = [_part(endpoint, number.get(endpoint, {}), before, after) for endpoint, before, after in found]
    lines = [f"{endpoint}: {_said(number.get(endpoint, {}), before, after)}" for endpoint, before, after in found]
    return section(
        "plans", "The slowest query of each endpoint", *parts, element("p", NOTE, class_="note"), text="\n".join(lines)
    )


def _slowest(run: Run) -> Iterator[tuple[str, Node | None, Node | None]]:
    """By endpoint: the slowest planned query with everything off, and with everything on but the caches."""
    after = optimised_cells(run.scenario, run.factors)[-1]
    timed = run.plans[run.plans["seconds"].notna().to_numpy(bool)].sort_values(
        "seconds", ascending=False, kind="stable"
    )
    for endpoint in sorted(timed["endpoint"].unique()):
        mine = rows_where(timed, endpoint=endpoint)
        yield str(endpoint), _first(mine, BASELINE), _first(mine, after)


def _first(rows: pd.DataFrame, cell: str) -> dict[str, Any] | None:
    mine = rows_where(rows, cell=cell)
    return {str(name): value for name, value in mine.iloc[0].items()} if len(mine) else None


def _queries(summary: Summary, run: Run) -> dict[str, dict[str, float]]:
    """By endpoint: queries per request in both cells, as the query ledger has them."""
    cells = {BASELINE: "before", optimised_cells(run.scenario, run.factors)[-1]: "after"}
    found: dict[str, dict[str, float]] = {}
    for row in summary.get("queries") or []:
        if row["cell"] in cells:
            mine = found.setdefault(row["endpoint"], {})
            mine[cells[row["cell"]]] = mine.get(cells[row["cell"]], 0) + row["times"]
    return found


def _said(number: Mapping[str, float], before: Node | None, after: Node | None) -> str:
    """`48.7 queries, the slowest 370 µs, before; 2, the slowest 1.25 ms, after`: one query that takes longer may do for many."""
    return "; ".join(
        f"{units.counted(number.get(name), 'query', 'queries')}, the slowest {_time(row)}, {name}"
        for name, row in (("before", before), ("after", after))
    )


def _part(endpoint: str, number: Mapping[str, float], before: Node | None, after: Node | None) -> Markup:
    heading = element("summary", f"{endpoint}: {_said(number, before, after)}")
    sides = (*_shown("Before: everything off", before), *_shown("After: everything on but the caches", after))
    return element("details", heading, *sides)


def _shown(heading: str, row: Node | None) -> Iterator[Markup]:
    yield element("p", f"{heading}, {_time(row)}")
    if row is None:
        return
    statement = str(row["statement"])
    yield element("pre", element("code", units.cut(statement, LONGEST)), tabindex="0")
    yield element("pre", element("code", "\n".join(outline(json.loads(row["plan"])))), tabindex="0")


def _time(row: Node | None) -> str:
    return units.UNKNOWN if row is None else units.seconds(row["seconds"])


def outline(node: Node | list[str], depth: int = 0) -> Iterator[str]:
    """A plan as lines: each node with what it reads, by which condition, and how many rows it keeps and throws away."""
    if isinstance(node, list):  # SQLite's
        yield from node
        return
    said = [str(node.get("Node Type", "?"))]
    said += [f"using {node['Index Name']}"] if "Index Name" in node else []
    said += [f"on {node['Relation Name']}"] if "Relation Name" in node else []
    if "Actual Rows" in node:
        rows = units.counted(float(node["Actual Rows"]), "row")
        loops = int(node.get("Actual Loops", 1))
        removed = node.get("Rows Removed by Filter")
        more = [f"{units.count(float(removed))} thrown away"] if removed else []
        more += [f"{loops:,} times"] if loops != 1 else []
        said.append(f"({', '.join([rows, *more])})")
    yield "  " * depth + " ".join(said)
    for key in CONDITIONS:
        if key in node:
            value = node[key]
            yield "  " * (depth + 2) + f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
    for child in node.get("Plans", ()):
        yield from outline(child, depth + 1)
