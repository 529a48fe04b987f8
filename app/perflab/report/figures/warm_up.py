"""How the hit rate rises from empty caches, as in the time after a flush."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from perflab.analysis.caching.flush import cold_of, points, rate_of, warm_rate
from perflab.report.figures import theme
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.units import clock, percent


class WarmUp(Figure):
    """A line over the time of the traffic since the caches were empty."""

    section = "caching"
    compares = False
    in_seconds = False

    def table(self, data: Data) -> pd.DataFrame:
        """Return the points: `until_s`, `requests`, `lookups`, `hit_rate`."""
        return points(data.warm)

    def applies(self, data: Data) -> bool:
        return not self.table(data).empty

    def nothing(self, data: Data) -> str:
        return "Rounds began with empty caches, so there is no warm-up to draw."

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        return 2 if rows.empty else 8

    def headline(self, data: Data) -> str:
        rows = self.table(data)
        if rows.empty:
            return "How caches warm up is unknown"
        end, cold = warm_rate(rows), cold_of(rows)
        if cold.empty:
            return f"Empty caches make no difference: {percent(end, 0)} of lookups hit from the start"
        until_s = float(cold["until_s"].iloc[-1])
        return (
            f"After a flush, {percent(rate_of(cold), 0)} of lookups hit for {clock(until_s)}; then {percent(end, 0)} do"
        )

    def subtitle(self, data: Data) -> str:
        where = " with everything on" if data.factors else ""
        return (
            f"Share of all cache lookups that hit{where}, by the time since the caches were empty, in the traffic "
            "before the rounds. This is simulated time, at the scenario's own request rate."
        )

    def alt(self, data: Data) -> str:
        rows = self.table(data)
        first, last = rows.iloc[0], rows.iloc[-1]
        return (
            f"Line chart. {self.headline(data)}. The hit rate rises from {percent(first['hit_rate'], 0)} in the first "
            f"{clock(float(first['until_s']))} to {percent(last['hit_rate'], 0)} after {clock(float(last['until_s']))}."
        )

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        ax.plot(
            rows["until_s"], rows["hit_rate"], color=theme.ON, linewidth=2, marker="o", markersize=3.5, clip_on=False
        )
        ax.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(seconds)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share, 0)))
        ax.set_ylim(0, 1)
        ax.set_xlim(0, None)
        ax.set_xlabel("simulated time since the caches were empty")
        ax.grid(axis="y")


FIGURE = WarmUp()
