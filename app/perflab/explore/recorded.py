"""What was noted one by one of a request: its queries and cache operations, and the plan of its slowest query.

Only checks have that, at the end of the first round: noting costs time, which a measured request may not have. So of another
request one looks at the check of its endpoint that spent most time in queries.
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
class Noted:
    """The rows of one Step in all cells; `place` is its round and step, None where none of the endpoint was noted.

    `own`: it is the request itself. `of`: how many Steps of the endpoint were noted.
    """

    place: Place | None
    own: bool
    of: int
    queries: pd.DataFrame
    operations: pd.DataFrame

    def asked(self, cell: str) -> pd.DataFrame:
        """The queries in a cell, those that took longest first."""
        mine = rows_where(self.queries, cell=cell)
        return mine.sort_values(["seconds", "fingerprint"], ascending=[False, True], kind="stable")

    def operated(self, cell: str) -> pd.DataFrame:
        """The cache operations in a cell, in their order."""
        return rows_where(self.operations, cell=cell)


def noted(run: Run, endpoint: str, place: Place, cell: str) -> Noted:
    """What is known of a request: its own rows, or those of a check of its endpoint."""
    queries, operations = (rows_where(table, endpoint=endpoint) for table in (run.queries, run.operations))
    known = places(queries) | places(operations)
    found = place if place in known else _heaviest(queries, cell)
    if found is None:
        found = min(known, default=None)
    return Noted(found, found == place, len(known), *(at(table, found) for table in (queries, operations)))


def places(table: pd.DataFrame) -> set[Place]:
    """The Steps that a table has rows of."""
    return {(int(number), int(step)) for number, step in table[["round", "step"]].drop_duplicates().to_numpy()}


def cells(run: Run) -> set[str]:
    """The cells in which queries or operations were noted, of whatever endpoint."""
    return {str(cell) for table in (run.queries, run.operations) for cell in table["cell"].dropna().unique()}


def _heaviest(queries: pd.DataFrame, cell: str) -> Place | None:
    """The Step with most time in queries in a cell; in all cells together where that cell asked none."""
    mine = rows_where(queries, cell=cell)
    spent = (mine if len(mine) else queries).groupby(["round", "step"])["seconds"].sum().reset_index()
    heaviest = spent.sort_values("seconds", ascending=False, kind="stable")
    return None if heaviest.empty else (int(heaviest.iloc[0]["round"]), int(heaviest.iloc[0]["step"]))


def at(table: pd.DataFrame, place: Place | None) -> pd.DataFrame:
    """A table's rows of one Step; none of them without a place."""
    if place is None:
        return table.iloc[:0]
    return rows_where(table, round=place[0], step=place[1])


def plan(run: Run, endpoint: str, cell: str, found: Noted) -> Mapping[str, Any] | None:
    """The plan of the slowest query that was noted in a cell, or of the slowest of the endpoint's; None where there is none.

    Plans were read of three cells; for another one the nearest stands: caches off, then everything off.
    """
    timed = run.plans[((run.plans["endpoint"] == endpoint) & run.plans["seconds"].notna()).to_numpy(bool)]
    for there in dict.fromkeys([cell, optimised_cells(run.scenario, run.factors)[-1], BASELINE]):
        mine = rows_where(timed, cell=there).sort_values("seconds", ascending=False, kind="stable")
        if mine.empty:
            continue
        for text in found.asked(there)["fingerprint"]:
            same = rows_where(mine, fingerprint=text)
            if len(same):
                return _row(same)
        return _row(mine)
    return None


def _row(rows: pd.DataFrame) -> dict[str, Any]:
    return {str(name): value for name, value in rows.iloc[0].items()}
