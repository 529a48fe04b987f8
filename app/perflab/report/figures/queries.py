"""Queries per request of each endpoint with everything off and with everything on, and what was claimed."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from perflab.report.figures import theme, words
from perflab.report.figures.before_after import finish
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.run.cells import ALL

METRIC = "query_count"
COLUMNS = ["endpoint", "before", "after", "difference", "n"]
TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def headline(data: Data) -> str:
    whole = data.effect(METRIC)
    if whole is None:
        return "Queries per request were not counted"
    sentence = (
        f"A request needs {_n(whole['before'])} queries with everything off, {_n(whole['after'])} with everything on"
    )
    rows = [e for e in data.effects(METRIC) if e["endpoint"] != ALL and e["difference"] < 0]
    if not rows:
        return sentence
    most = min(rows, key=lambda e: e["difference"])
    return f"{sentence}; the most go from {most['endpoint']}: {_n(most['before'])} to {_n(most['after'])}"


def subtitle(data: Data) -> str:
    said = "Mean queries per request: all off (hollow) and all on (filled); the scale is logarithmic above 1."
    budget = data.budget(METRIC)
    return said if budget is None else f"{said} The claim comes to a mean of {_n(budget)} (dotted)."


def table(data: Data) -> pd.DataFrame:
    """ALL first, then endpoints by their queries with everything off, the most on top."""
    rows = sorted(data.effects(METRIC), key=lambda e: (e["endpoint"] != ALL, -e["before"]))
    return pd.DataFrame([{c: e[c] for c in COLUMNS} for e in rows], columns=COLUMNS)


def alt(data: Data) -> str:
    rows = table(data)
    if rows.empty:
        return f"Empty chart. {NO_SAMPLES}"
    named = "; ".join(f"{r['endpoint']} {_n(r['before'])} to {_n(r['after'])}" for r in rows.head(4).to_dict("records"))
    return f"Dot chart with a row for each endpoint. {headline(data)}. From the most queries down: {named}."


def draw(data: Data, ax: Axes | None = None) -> Axes:
    rows = table(data)
    with theme.applied():
        ax = theme.axes(len(rows)) if ax is None else ax
        if rows.empty:
            return theme.placeholder(ax, NO_SAMPLES)
        for place, row in enumerate(rows.to_dict("records")):
            before, after = float(row["before"]), float(row["after"])
            ax.plot([before, after], [place, place], color=theme.GRID, linewidth=2.5, zorder=1, solid_capstyle="butt")
            ax.plot(
                before, place, "o", markersize=7, markeredgecolor=theme.OFF, markerfacecolor=theme.PAPER, markeredgewidth=1.6,
                clip_on=False,
            )  # fmt: skip
            ax.plot(after, place, "o", markersize=4.5, color=theme.ON, zorder=4, clip_on=False)
            theme.beside(ax, place, f"{_n(before)} → {_n(after)}")
        budget = data.budget(METRIC)
        if budget is not None:
            ax.axvline(budget, color=theme.INK, linewidth=1.2, linestyle=(0, (1, 1.5)), zorder=0)
        _scale(ax, float(rows[["before", "after"]].to_numpy(float).max()))
        finish(ax, data, rows)
    return ax


def _scale(ax: Axes, most: float) -> None:
    """From 0, which a logarithm does not have: even up to 1, logarithmic above."""
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
