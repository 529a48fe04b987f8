"""Queries that become more with the rows of a list: queries = a + b x rows.

A loop over two rows makes a query twice, as a request without a loop may. Lists of several lengths tell them
apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from perflab.run.tables import rows_where

# A query that is made once per request is no loop, whatever its list.
MIN_TIMES = 2
# A line through so many points can fail; one through the origin needs one point less.
MIN_POINTS = 3
REQUEST = ["round", "step"]

Key = tuple[str, str, str]  # endpoint, cell, fingerprint


@dataclass(frozen=True, slots=True)
class Line:
    """Describe how often a request makes a query, by the rows of a list: `constant` + `per_row` x rows."""

    constant: float
    per_row: float


def lines(queries: pd.DataFrame) -> dict[Key, Line]:
    """Return the line of each query that is made once more, or several times more, for each row of another query.

    The line has to be exact, in all requests that make the other query, and to rest on at least two numbers of rows above 0;
    if it has a constant part, on three numbers of rows.

    Args:
        queries: The queries of the checks, a row for each Step, cell and fingerprint.
    """
    result: dict[Key, Line] = {}
    many = queries[(queries["times"] >= MIN_TIMES).to_numpy(bool)]
    for endpoint, cell in many[["endpoint", "cell"]].drop_duplicates().itertuples(index=False, name=None):
        own = rows_where(queries, endpoint=endpoint, cell=cell)
        for fingerprint, line in _lines(own):
            result[(str(endpoint), str(cell), fingerprint)] = line
    return result


def _lines(queries: pd.DataFrame) -> Iterator[tuple[str, Line]]:
    """Yield the lines of one endpoint in one cell."""
    times: dict[str, dict[tuple[int, int], int]] = {}
    rows: dict[str, dict[tuple[int, int], int]] = {}
    columns = [*REQUEST, "fingerprint", "times", "rows"]
    for round_number, step, text, number, returned in queries[columns].itertuples(index=False, name=None):
        times.setdefault(str(text), {})[(round_number, step)] = int(number)
        if pd.notna(returned):
            rows.setdefault(str(text), {})[(round_number, step)] = int(returned)
    lists = [
        rows[text]
        for text, made in times.items()
        if max(made.values()) == 1 and rows.get(text, {}).keys() == made.keys()
    ]
    for text, made in times.items():
        if max(made.values()) >= MIN_TIMES:
            # A query that is also made without the list has another reason.
            around = (listed for listed in lists if made.keys() <= listed.keys())
            fitted = (line_of([(listed[request], made.get(request, 0)) for request in listed]) for listed in around)
            line = next((line for line in fitted if line is not None), None)
            if line is not None:
                yield text, line


def line_of(points: Sequence[tuple[int, int]]) -> Line | None:
    """Return the line on which all points lie, if it rises and there are enough points for it to fail; else None.

    Args:
        points: The rows of a list and how often a query was made, for each request.
    """
    by_rows: Mapping[int, int] = dict(points)
    if any(by_rows[rows] != times for rows, times in points) or len(by_rows) < 2:
        return None
    few, many = min(by_rows), max(by_rows)
    per_row = (by_rows[many] - by_rows[few]) / (many - few)
    constant = by_rows[few] - per_row * few
    if per_row <= 0 or constant < 0 or any(constant + per_row * rows != times for rows, times in by_rows.items()):
        return None
    above = len(by_rows.keys() - {0})
    return Line(constant, per_row) if (above >= 2 if not constant else len(by_rows) >= MIN_POINTS) else None
