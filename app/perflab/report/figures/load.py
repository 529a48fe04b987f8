"""Response times under load, against the rate of requests, with the objective."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from perflab.report.figures import theme
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.tables.capacity import FAR, NEAR
from perflab.units import seconds, significant

COLUMNS = ("cell", "rate_per_s", "p50_s", "p95_s", "p99_s", "requests")
CELLS = {BASELINE: ("everything off", theme.OFF, "s"), OPTIMISED: ("everything on", theme.ON, "o")}


class Load(Figure):
    """A mark for each window: its 95th percentile, by the rate; the capacity of each cell as a line down."""

    section = "capacity"
    compares = False

    def table(self, data: Data) -> pd.DataFrame:
        """Return the windows: `cell`, `rate_per_s`, `p50_s`, `p95_s`, `p99_s`, `requests`."""
        rows = [
            {"cell": row["cell"], **{name: level[name] for name in COLUMNS[1:]}}
            for row in data.summary.capacity
            if row.get("cell") in CELLS
            for level in row["levels"]
            if level["kind"] in (NEAR, FAR) and level["p95_s"] is not None
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def applies(self, data: Data) -> bool:
        return not self.table(data).empty

    def nothing(self, data: Data) -> str:
        return "There was no load test."

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        return 2 if rows.empty else 9

    def headline(self, data: Data) -> str:
        rows = {name: row for name, row in _cells(data).items() if row["rate_per_s"]["estimate"] is not None}
        if not rows:
            return "How many users the system serves is unknown"
        text = "; ".join(
            f"{CELLS[name][0]}: {significant(row['rate_per_s']['estimate'])} requests a second"
            for name, row in rows.items()
        )
        return text[0].upper() + text[1:]

    def subtitle(self, data: Data) -> str:
        return (
            "95th percentile of the response time in each window of load, by requests a second; both scales are logarithmic. A "
            "line down marks the capacity of each cell, a shade its 95% interval, and a line across the objective."
        )

    def alt(self, data: Data) -> str:
        rows, objective = self.table(data), _objective(data)
        parts = []
        for name, group in rows.groupby("cell"):
            low, high = group["rate_per_s"].min(), group["rate_per_s"].max()
            parts.append(
                f"{CELLS[str(name)][0]} from {significant(low)} to {significant(high)} requests a second: 95th percentile of "
                f"{seconds(group['p95_s'].min())} to {seconds(group['p95_s'].max())}"
            )
        return f"Scatter chart. {self.headline(data)}. {'; '.join(parts)}. The objective is {seconds(objective)}."

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        for name, (words, colour, mark) in CELLS.items():
            own = rows[rows["cell"] == name]
            ax.plot(own["rate_per_s"], own["p95_s"], mark, color=colour, markersize=4.5, alpha=0.75, label=words)
        for name, row in _cells(data).items():
            rate, colour = row["rate_per_s"], CELLS[name][1]
            if rate["estimate"] is None:
                continue
            if rate["low"] is not None:
                ax.axvspan(rate["low"], rate["high"], color=colour, alpha=0.12, linewidth=0)
            ax.axvline(rate["estimate"], color=colour, linewidth=1.4)
        objective = _objective(data)
        ax.axhline(objective, color=theme.INK, linewidth=1.1, linestyle=(0, (4, 3)))
        ax.annotate(
            f"objective: {seconds(objective)}", (0, objective), xycoords=ax.get_yaxis_transform(), xytext=(4, 3),
            textcoords="offset points", fontsize=8.5,
        )  # fmt: skip
        ax.set_xscale("log")
        ax.set_yscale("log")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=20))
            axis.set_minor_formatter(NullFormatter())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: significant(rate, 2)))
        ax.yaxis.set_major_formatter(FuncFormatter(theme.tick_seconds))
        ax.minorticks_off()
        ax.set_xlabel("requests a second")
        ax.grid(axis="y")
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handletextpad=0.3, borderpad=0)


def _cells(data: Data) -> dict[str, Any]:
    return {str(row["cell"]): row for row in data.summary.capacity if row.get("cell") in CELLS}


def _objective(data: Data) -> float:
    return float(next(row["objective"]["within_s"] for row in data.summary.capacity if "objective" in row))


FIGURE = Load()
