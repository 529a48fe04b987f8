"""What a figure need not do itself."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import theme
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.report.figures.figure import Figure


class Counting(Figure):
    """A figure of so many rows."""

    section = "queries"

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.drawn: list[int] = []

    def table(self, data: Data) -> pd.DataFrame:
        return pd.DataFrame({"n": range(self.rows)})

    def headline(self, data: Data) -> str:
        return "Rows were counted"

    def subtitle(self, data: Data) -> str:
        return "One dot for each."

    def alt(self, data: Data) -> str:
        return f"{self.rows} dots."

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        self.drawn.append(len(rows))


NOTHING: Any = None  # the data, which these figures do not look at


def test_only_rows_are_drawn_and_described() -> None:
    full, empty = Counting(3), Counting(0)
    full.draw(NOTHING)
    ax = empty.draw(NOTHING)
    assert (full.drawn, empty.drawn) == ([3], [])
    assert "nothing to draw" in " ".join(text.get_text() for text in ax.texts).replace("\n", " ")
    assert full.description(NOTHING) == "3 dots."
    assert empty.description(NOTHING) == f"Empty chart. {NO_SAMPLES}"


def test_new_axes_have_room_for_the_rows_and_given_ones_are_used() -> None:
    few, many = (Counting(rows).draw(NOTHING).get_figure(root=True) for rows in (3, 30))
    assert few is not None and many is not None
    assert many.get_figheight() > few.get_figheight()
    with theme.applied():
        ax = theme.axes(1)
    assert Counting(30).draw(NOTHING, ax) is ax
