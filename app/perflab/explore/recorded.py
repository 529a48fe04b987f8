"""What was recorded of a request one by one: its queries and cache operations, and the plan of its slowest query.

Only checks have that, at the end of the first round: recording costs time, which a measured request may not spend. For any
other request, the check of its endpoint that spent most time in queries stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perflab.analysis.database.queries import optimised_cells
from perflab.run.cells import BASELINE
from perflab.run.store import Run
from perflab.run.tables import rows_where

Place = tuple[int, int]


@dataclass(frozen=True)
class RecordedRequest:
    """The rows of one Step in all cells.

    `place` is its round and step, None where nothing of the endpoint was recorded. `own`: whether it is the request itself.
    `of`: how many Steps of the endpoint were recorded.
    """

    place: Place | None
    own: bool
    of: int
    queries: pd.DataFrame
    operations: pd.DataFrame

    def queries_in(self, cell: str) -> pd.DataFrame:
        """Return the queries in a cell, the slowest first."""
        rows = rows_where(self.queries, cell=cell)
        return rows.sort_values(["seconds", "fingerprint"], ascending=[False, True], kind="stable")

    def operations_in(self, cell: str) -> pd.DataFrame:
        """Return the cache operations in a cell, in their order."""
        return rows_where(self.operations, cell=cell)


def recorded_of(run: Run, endpoint: str, place: Place, cell: str) -> RecordedRequest:
    """Return what was recorded of a request: its own rows, or those of a check of its endpoint.

    Args:
        run: The run.
        endpoint: The request's endpoint.
        place: Its round and step.
        cell: The cell in which the check that stands in spent most time.
    """
    queries, operations = (rows_where(table, endpoint=endpoint) for table in (run.queries, run.operations))
    checks = places(queries) | places(operations)
    source = place if place in checks else _heaviest(queries, cell)
    if source is None:
        source = min(checks, default=None)
    return RecordedRequest(
        source, source == place, len(checks), *(at(table, source) for table in (queries, operations))
    )


def places(table: pd.DataFrame) -> set[Place]:
    """Return round and step of all Steps that a table has rows of."""
    return {(int(number), int(step)) for number, step in table[["round", "step"]].drop_duplicates().to_numpy()}


def cells(run: Run) -> set[str]:
    """Return the cells in which queries or operations were recorded, of any endpoint."""
    return {str(cell) for table in (run.queries, run.operations) for cell in table["cell"].dropna().unique()}


def _heaviest(queries: pd.DataFrame, cell: str) -> Place | None:
    """The Step with most time in queries in a cell; in all cells together where that cell made none."""
    of_cell = rows_where(queries, cell=cell)
    spent = (of_cell if len(of_cell) else queries).groupby(["round", "step"])["seconds"].sum().reset_index()
    heaviest = spent.sort_values("seconds", ascending=False, kind="stable")
    return None if heaviest.empty else (int(heaviest.iloc[0]["round"]), int(heaviest.iloc[0]["step"]))


def at(table: pd.DataFrame, place: Place | None) -> pd.DataFrame:
    """Return a table's rows of one Step; none of them without a place.

    Args:
        table: A table with columns `round` and `step`.
        place: The round and the step.
    """
    if place is None:
        return table.iloc[:0]
    return rows_where(table, round=place[0], step=place[1])


def plan_of(run: Run, endpoint: str, cell: str, recorded: RecordedRequest) -> Mapping[str, Any] | None:
    """Return the plan of the slowest query recorded in a cell, or else of the endpoint's slowest; None where there is none.

    Plans were recorded in three cells; for another cell the nearest stands in: caches off, then everything off.

    Args:
        run: The run.
        endpoint: The request's endpoint.
        cell: The cell that one looks at.
        recorded: What was recorded of the request.
    """
    timed = run.plans[((run.plans["endpoint"] == endpoint) & run.plans["seconds"].notna()).to_numpy(bool)]
    for candidate in dict.fromkeys([cell, optimised_cells(run.scenario, run.factors)[-1], BASELINE]):
        plans = rows_where(timed, cell=candidate).sort_values("seconds", ascending=False, kind="stable")
        if plans.empty:
            continue
        for fingerprint in recorded.queries_in(candidate)["fingerprint"]:
            same = rows_where(plans, fingerprint=fingerprint)
            if len(same):
                return _row(same)
        return _row(plans)
    return None


def _row(rows: pd.DataFrame) -> dict[str, Any]:
    return {str(name): value for name, value in rows.iloc[0].items()}
