"""Queries per request of each endpoint with everything off and with everything on, and what was claimed."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from perflab.report.figures import theme, words
from perflab.report.figures.data import Data
from perflab.report.figures.dots import finish
from perflab.report.figures.figure import Figure
from perflab.run.cells import ALL

METRIC = "query_count"
COLUMNS = ["endpoint", "before", "after", "difference", "n"]
TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class QueriesFigure(Figure):
    """A row for each endpoint, from its queries per request before to those after."""

    section = "queries"
    in_seconds = False

    def table(self, data: Data) -> pd.DataFrame:
        """Return ALL first, then endpoints by their queries with everything off, the most first."""
        effects = sorted(data.effects(METRIC), key=lambda effect: (effect.endpoint != ALL, -(effect.before or 0.0)))
        return pd.DataFrame([[getattr(effect, name) for name in COLUMNS] for effect in effects], columns=COLUMNS)

    def headline(self, data: Data) -> str:
        whole = data.effect(METRIC)
        if whole is None:
            return "Queries per request were not counted"
        sentence = (
            f"A request makes {_n(whole.before)} queries with everything off, {_n(whole.after)} with everything on"
        )
        drops = [(effect.difference or 0.0, effect) for effect in data.effects(METRIC) if effect.endpoint != ALL]
        difference, largest = min(drops, key=lambda entry: entry[0], default=(0.0, whole))
        if difference >= 0:
            return sentence
        return f"{sentence}; the largest drop is in {largest.endpoint}: {_n(largest.before)} to {_n(largest.after)}"

    def subtitle(self, data: Data) -> str:
        text = "Mean queries per request: all off (hollow) and all on (filled); the scale is logarithmic above 1."
        level = data.claimed_level(METRIC)
        return text if level is None else f"{text} The claim corresponds to a mean of {_n(level)} (dotted)."

    def alt(self, data: Data) -> str:
        rows = self.table(data).head(4).to_dict("records")
        named = "; ".join(f"{row['endpoint']} {_n(row['before'])} to {_n(row['after'])}" for row in rows)
        return f"Dot chart with a row for each endpoint. {self.headline(data)}. From the most queries down: {named}."

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        for place, row in enumerate(rows.to_dict("records")):
            before, after = float(row["before"]), float(row["after"])
            ax.plot([before, after], [place, place], color=theme.GRID, linewidth=2.5, zorder=1, solid_capstyle="butt")
            ax.plot(
                before, place, "o", markersize=7, markeredgecolor=theme.OFF, markerfacecolor=theme.PAPER, markeredgewidth=1.6,
                clip_on=False,
            )  # fmt: skip
            ax.plot(after, place, "o", markersize=4.5, color=theme.ON, zorder=4, clip_on=False)
            theme.beside(ax, place, f"{_n(before)} → {_n(after)}")
        level = data.claimed_level(METRIC)
        if level is not None:
            ax.axvline(level, color=theme.INK, linewidth=1.2, linestyle=(0, (1, 1.5)), zorder=0)
        _scale(ax, float(rows[["before", "after"]].to_numpy(float).max()))
        finish(ax, data, rows)


def _scale(ax: Axes, most: float) -> None:
    """From 0, which a logarithm does not have: linear up to 1, logarithmic above."""
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(0, max(2.0, most * 1.1))
    ax.xaxis.set_major_locator(FixedLocator([tick for tick in TICKS if tick <= max(2.0, most)]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.grid(axis="x")
    ax.set_xlabel("queries per request")


def _n(number: float | None) -> str:
    """A mean number of queries: 62, 3.4, 0.12."""
    if number is not None and number == round(number):
        return f"{number:,.0f}"
    return words.mean(number)


FIGURE = QueriesFigure()
