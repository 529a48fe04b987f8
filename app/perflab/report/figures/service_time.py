"""Service time, by endpoint and cell."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import heat, words
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.units import listed, seconds

METRIC = "latency_s"


class ServiceTimeFigure(Figure):
    """A heat map of endpoints by cells."""

    section = "endpoints"

    def table(self, data: Data) -> pd.DataFrame:
        """Return endpoints (ALL first) by cells: mean seconds per request."""
        return data.by_cell(METRIC)

    def headline(self, data: Data) -> str:
        whole = data.effect(METRIC)
        if whole is None:
            return "Service time was not measured"
        before, after = seconds(whole.before), seconds(whole.after)
        return f"Service time per request {words.fell(whole)}: {before} with everything off, {after} with everything on"

    def subtitle(self, data: Data) -> str:
        return "Mean service time in milliseconds, one request at a time. Darker is slower, on a logarithmic scale."

    def alt(self, data: Data) -> str:
        rows = self.table(data)
        means = listed([f"{words.cell(str(cell))} {seconds(mean)}" for cell, mean in rows.iloc[0].items()])
        size = f"{len(rows) - 1} endpoints by {len(rows.columns)} cells"
        return f"Heat map of {size}. {self.headline(data)}. Over all requests: {means}."

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        labels, columns = [data.label(str(e)) for e in rows.index], [words.cell_in_lines(str(c)) for c in rows.columns]
        heat.draw(ax, rows * 1e3, labels, columns, words.mean)


FIGURE = ServiceTimeFigure()
