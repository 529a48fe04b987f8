"""Queries that become more with the rows of a list."""

from __future__ import annotations

import pandas as pd
import pytest

from perflab.analysis.database.mistakes.growth import Line, line_of, lines

LIST, USER = "SELECT p FROM payment", "SELECT u FROM user WHERE id = %s"


def queries(*requests: tuple[int, int], alone: int = 0) -> pd.DataFrame:
    """Requests with so many rows of the list and so many queries for users; `alone` more without the list."""
    rows = []
    for step, (listed, times) in enumerate(requests):
        rows.append((step, LIST, 1, listed))
        if times:
            rows.append((step, USER, times, times))
    rows += [(100 + number, USER, 1, 1) for number in range(alone)]
    table = pd.DataFrame(rows, columns=["step", "fingerprint", "times", "rows"])
    return table.assign(round=1, cell="all_on", endpoint="payments").astype({"rows": "Int64"})


@pytest.mark.parametrize(
    ("points", "line"),
    [
        ([(1, 1), (2, 2)], Line(0, 1)),
        ([(0, 0), (1, 2), (2, 4), (2, 4)], Line(0, 2)),
        ([(0, 1), (1, 2), (2, 3)], Line(1, 1)),
        ([(0, 0), (2, 2)], None),  # any two points have a line
        ([(1, 2), (2, 3)], None),
        ([(2, 2), (2, 2)], None),
        ([(1, 1), (2, 2), (3, 2)], None),
        ([(1, 1), (1, 2), (2, 2)], None),
        ([(1, 2), (2, 2)], None),
        ([(1, 3), (2, 2)], None),
        ([(2, 1), (3, 2), (4, 3)], None),  # the constant would be below 0
        ([], None),
    ],
)
def test_a_line_is_exact_rises_and_could_have_failed(points: list[tuple[int, int]], line: Line | None) -> None:
    assert line_of(points) == line


def test_a_query_for_each_row_of_a_list_is_seen_at_two_numbers_of_rows() -> None:
    assert lines(queries((1, 1), (2, 2), (0, 0))) == {("payments", "all_on", USER): Line(0, 1)}


@pytest.mark.parametrize(
    "table",
    [
        queries((2, 2), (2, 2)),
        queries((10, 2), (3, 2)),
        queries((1, 1), (2, 1)),  # once in each request, whatever its list
        queries((1, 1), (2, 2), alone=1),  # it has another reason
        queries((1, 1), (2, 2)).assign(rows=None),
        queries(),
    ],
    ids=["one number of rows", "made twice", "made once", "made without the list", "rows unknown", "no query"],
)
def test_a_sound_request_has_no_line(table: pd.DataFrame) -> None:
    assert lines(table) == {}
