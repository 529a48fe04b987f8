"""CPU per request in each cell, stacked by where it is spent."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import cpu, theme, words
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.run.cells import ALL
from perflab.run.metrics import CPU
from perflab.units import listed, seconds

# CPU and service time that differ by less are told to be nearly the same.
ALIKE = 0.03


def table(data: Data) -> pd.DataFrame:
    """Cells, from all off to all on, by clock: mean CPU seconds per request over ALL."""
    found = cpu.parts(data)
    if ALL not in found.index.get_level_values("endpoint"):
        return found.iloc[:0].droplevel("endpoint")
    of_all = found.xs(ALL, level="endpoint")
    return pd.DataFrame(of_all).reindex([cell for cell in data.order if cell in of_all.index])


def headline(data: Data) -> str:
    return cpu.whole_sentence(data) or "CPU per request was not measured"


def subtitle(data: Data) -> str:
    said = (
        "Mean CPU time per request over all requests, by what was switched on: application, database and cache server (whose "
        "own upkeep counts in every cell)."
    )
    cpu_s, service = data.effect(CPU), data.effect("latency_s")
    if cpu_s and service and all(abs(cpu_s[side] / service[side] - 1) <= ALIKE for side in ("before", "after")):
        return f"{said} It is nearly the service time: one request at a time, on one core, waits for hardly anything."
    return said


def alt(data: Data) -> str:
    found = table(data)
    if found.empty:
        return f"Empty chart. {NO_SAMPLES if data.empty else cpu.NO_CLOCK}"
    sums = listed([f"{words.cell(str(c))} {seconds(t)}" for c, t in cpu.totals(found).items()])
    said = cpu.unread_note(found)
    return (
        f"Stacked bar chart, one bar for each of {len(found)} cells. {headline(data)}. Totals: {sums}. {said}".strip()
    )


def draw(data: Data, ax: Axes | None = None) -> Axes:
    found = table(data)
    with theme.applied():
        ax = theme.axes(len(found), row_in=0.36) if ax is None else ax
        if found.empty:
            return theme.placeholder(ax, NO_SAMPLES if data.empty else cpu.NO_CLOCK)
        cpu.bars(ax, found, range(len(found)), 0.66)
        theme.rows_down(ax, [words.cell(str(c)).replace("+", " + ") for c in found.index])
        cpu.finish(ax, found)
    return ax
