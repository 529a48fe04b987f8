"""Queries per request, by endpoint and cell."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.analysis.names import ALL
from perflab.figures import heat, theme, words
from perflab.figures.data import NO_SAMPLES, Data

METRIC = "query_count"


def headline(data: Data) -> str:
    whole = data.effect(METRIC)
    if whole is None:
        return "Queries per request were not counted"
    sentence = f"A request needs {_n(whole['before'])} queries with everything off, {_n(whole['after'])} with everything on"
    rows = [e for e in data.effects(METRIC) if e["endpoint"] != ALL and e["difference"] < 0]
    if not rows:
        return sentence
    most = min(rows, key=lambda e: e["difference"])
    return f"{sentence}; the most go from {most['endpoint']}: {_n(most['before'])} to {_n(most['after'])}"


def subtitle(data: Data) -> str:
    return "Mean queries per request, by endpoint and by what was switched on. Darker is more, on a logarithmic scale."


def table(data: Data) -> pd.DataFrame:
    """Endpoints (ALL first) by cells: mean queries per request."""
    return data.by_cell(METRIC)


def alt(data: Data) -> str:
    found = table(data)
    if found.empty:
        return f"Empty chart. {NO_SAMPLES}"
    first = found.iloc[0]
    means = words.joined([f"{words.cell(str(cell))} {_n(number)}" for cell, number in first.items()])
    return f"Heat map of {len(found) - 1} endpoints by {len(found.columns)} cells. {headline(data)}. Over all requests: {means}."


def draw(data: Data, ax: Axes | None = None) -> Axes:
    found = table(data)
    with theme.applied():
        ax = theme.axes(len(found)) if ax is None else ax
        if found.empty:
            return theme.placeholder(ax, NO_SAMPLES)
        rows = [data.label(str(e)) for e in found.index]
        heat.draw(ax, found, rows, [words.cell_in_lines(str(c)) for c in found.columns], _n)
    return ax


def _n(number: float | None) -> str:
    """A mean number of queries: 62, 3.4, 0.12."""
    if number is not None and number == round(number):
        return f"{number:,.0f}"
    return words.mean(number)
