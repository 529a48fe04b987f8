"""Service time, by endpoint and cell."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import heat, theme, words
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.units import listed, seconds

METRIC = "latency_s"


def headline(data: Data) -> str:
    whole = data.effect(METRIC)
    if whole is None:
        return "Service time was not measured"
    return (
        f"Service time per request {words.fell(whole)}: "
        f"{seconds(whole['before'])} with everything off, {seconds(whole['after'])} with everything on"
    )


def subtitle(data: Data) -> str:
    return (
        "Mean service time in milliseconds, one request at a time, without network or queue. "
        "Darker is slower, on a logarithmic scale."
    )


def table(data: Data) -> pd.DataFrame:
    """Endpoints (ALL first) by cells: mean seconds per request."""
    return data.by_cell(METRIC)


def alt(data: Data) -> str:
    found = table(data)
    if found.empty:
        return f"Empty chart. {NO_SAMPLES}"
    means = listed([f"{words.cell(str(cell))} {seconds(s)}" for cell, s in found.iloc[0].items()])
    return f"Heat map of {len(found) - 1} endpoints by {len(found.columns)} cells. {headline(data)}. Over all requests: {means}."


def draw(data: Data, ax: Axes | None = None) -> Axes:
    found = table(data)
    with theme.applied():
        ax = theme.axes(len(found)) if ax is None else ax
        if found.empty:
            return theme.placeholder(ax, NO_SAMPLES)
        rows = [data.label(str(e)) for e in found.index]
        heat.draw(ax, found * 1e3, rows, [words.cell_in_lines(str(c)) for c in found.columns], words.mean)
    return ax
