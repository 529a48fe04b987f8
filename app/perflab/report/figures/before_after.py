"""Service time of each endpoint with everything off and with everything on, the largest change on top."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import theme, words
from perflab.report.figures.data import Data
from perflab.report.figures.dots import finish
from perflab.report.figures.figure import Figure
from perflab.run.cells import ALL
from perflab.units import seconds

COLUMNS = ["endpoint", "before", "after", "ratio", "low", "high", "n", "rounds", "verdict"]


class BeforeAfterFigure(Figure):
    """A row for each endpoint, from its mean service time before to that after."""

    section = "endpoints"

    def table(self, data: Data) -> pd.DataFrame:
        """Return ALL first, then endpoints by their ratio, the largest reduction first. Times in seconds."""
        ratios = [
            (effect.endpoint != ALL, effect.ratio, effect)
            for effect in data.effects("latency_s")
            if effect.ratio is not None
        ]
        effects = [effect for *_, effect in sorted(ratios, key=lambda entry: entry[:2])]
        return pd.DataFrame([[getattr(effect, name) for name in COLUMNS] for effect in effects], columns=COLUMNS)

    def headline(self, data: Data) -> str:
        rows = [row for row in self.table(data).to_dict("records") if row["endpoint"] != ALL]
        if not rows:
            return "No endpoint can be compared"
        verdicts = ("better", "worse", "equivalent", "inconclusive")
        better, worse, same, open_ = ([row for row in rows if row["verdict"] == verdict] for verdict in verdicts)
        sentence = f"{len(better)} of {len(rows)} endpoints got faster"
        if worse:
            slowest = max(worse, key=lambda row: row["ratio"])
            sentence += f", {len(worse)} slower (most: {slowest['endpoint']}, {words.change(slowest['ratio'])})"
        sentence += f", {len(same)} stayed the same" if same else ""
        return sentence + (f", {len(open_)} inconclusive" if open_ else "")

    def subtitle(self, data: Data) -> str:
        return (
            "Mean service time on a logarithmic scale: all off (hollow) and all on (filled, with the 95% interval of the "
            "change). On the right, the change and its interval."
        )

    def alt(self, data: Data) -> str:
        rows = self.table(data)
        ends = [rows.iloc[1], rows.iloc[-1]] if len(rows) > 2 else [rows.iloc[-1]]
        named = " ".join(
            f"{r['endpoint']}: {seconds(r['before'])} to {seconds(r['after'])} ({words.change(r['ratio'])})."
            for r in ends
        )
        order = f"From the largest change to the smallest: {named}"
        return f"Dumbbell chart with a row for each endpoint. {self.headline(data)}. {order}"

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        for place, row in enumerate(rows.to_dict("records")):
            _row(ax, place, row)
        theme.log_seconds(ax)
        ax.set_xlabel("mean service time per request")
        finish(ax, data, rows)


def _row(ax: Axes, place: int, row: dict[Any, Any]) -> None:
    before, after = float(row["before"]), float(row["after"])
    ax.plot([before, after], [place, place], color=theme.GRID, linewidth=2.5, zorder=1, solid_capstyle="butt")
    ax.plot(
        before, place, "o", markersize=6, markeredgecolor=theme.OFF, markerfacecolor=theme.PAPER, markeredgewidth=1.6
    )
    if pd.notna(row["low"]):
        ends = [before * row["low"], before * row["high"]]
        ax.plot(ends, [place, place], color=theme.INK, linewidth=1.4, zorder=3)
    ax.plot(after, place, "o", markersize=6, color=theme.ON, zorder=4)
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
    theme.beside(ax, place, words.change(row["ratio"], low, high), words.interval(low, high))


FIGURE = BeforeAfterFigure()
