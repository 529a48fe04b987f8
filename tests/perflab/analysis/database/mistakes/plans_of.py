"""Plans and queries for tests: one query of one endpoint, in several cells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.run.tables import PLANS, QUERIES

FACTORS = ("queries", "caching")
SCENARIO = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    "traffic": {"endpoints": [{"name": "reviews", "method": "GET"}]},
}  # fmt: skip
PLANNED = ("all_off", "queries", "all_on")


def plans_of(statement: str, plan: Any, cells: Sequence[str] = PLANNED, seconds: float | None = 0.0012) -> pd.DataFrame:
    """The plan of a statement in these cells."""
    rows = [
        {"cell": cell, "endpoint": "reviews", "fingerprint": statement, "statement": statement, "seconds": seconds,
         "plan": json.dumps(plan)} for cell in cells
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(PLANS.names))


def queries_of(
    statement: str, cells: Sequence[str] = (*PLANNED, "caching", "twin"), source: str | None = "shop/pages.py:4 page"
) -> pd.DataFrame:
    """Two checks that make a statement, in each of these cells."""
    rows = [
        {"round": 1, "step": step, "cell": cell, "endpoint": "reviews", "fingerprint": statement, "sql": statement,
         "times": 1, "source": source} for cell in cells for step in (7, 9)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(QUERIES.names))


def node(kind: str, *children: Mapping[str, Any], rows: float | None = None, **more: Any) -> dict[str, Any]:
    """A node of PostgreSQL's plan."""
    made: dict[str, Any] = {"Node Type": kind, **more}
    if rows is not None:
        made |= {"Actual Rows": rows, "Actual Loops": 1}
    return {**made, "Plans": list(children)} if children else made
