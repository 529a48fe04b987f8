"""What all figures have in common: the theme, a placeholder where there is nothing to draw, and the description of that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import theme
from perflab.report.figures.data import NO_SAMPLES, Data


class Figure(ABC):
    """One figure. A subclass gives the table of what it draws, its words, and the drawing of the table's rows.

    `section` names the section of the page that shows it; `compares` says that it is about several cells, so that a run without
    factors lacks it; `in_seconds` says whether its table holds times; `row_in` and `rest_in`
    are the heights in inches of one row and of everything else.
    """

    section: ClassVar[str]
    compares: ClassVar[bool] = True
    in_seconds: ClassVar[bool] = True
    row_in: ClassVar[float] = 0.27
    rest_in: ClassVar[float] = 1.3

    @abstractmethod
    def table(self, data: Data) -> pd.DataFrame:
        """Return the numbers that are drawn; empty where there is nothing to draw."""

    @abstractmethod
    def headline(self, data: Data) -> str:
        """Return the finding in words, without a full stop."""

    @abstractmethod
    def subtitle(self, data: Data) -> str:
        """Return what is drawn, and how to read it."""

    @abstractmethod
    def alt(self, data: Data) -> str:
        """Return kind, trend and main numbers of a drawing that is not empty, as sentences."""

    @abstractmethod
    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        """Draw a table that is not empty.

        Args:
            ax: The axes to draw on.
            data: The run.
            rows: What `table` returned.
        """

    def applies(self, data: Data) -> bool:
        """Return whether the page shows the figure; one that does not is still drawn as a file, with a sentence."""
        return bool(data.factors) or not self.compares

    def nothing(self, data: Data) -> str:
        """Return the sentence for a drawing that is empty."""
        return NO_SAMPLES

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        """Return the number of rows that new axes have room for."""
        return len(rows)

    def description(self, data: Data) -> str:
        """Return the description for those who do not see the drawing."""
        return f"Empty chart. {self.nothing(data)}" if self.table(data).empty else self.alt(data)

    def draw(self, data: Data, ax: Axes | None = None) -> Axes:
        """Draw the figure, or a sentence where there is nothing to draw.

        Args:
            data: The run.
            ax: The axes to draw on; None makes new ones.

        Returns:
            The axes.
        """
        rows = self.table(data)
        with theme.applied():
            ax = theme.axes(self.height_in_rows(rows), row_in=self.row_in, rest_in=self.rest_in) if ax is None else ax
            if rows.empty:
                return theme.placeholder(ax, self.nothing(data))
            self.draw_rows(ax, data, rows)
        return ax
