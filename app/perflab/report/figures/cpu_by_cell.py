"""CPU per request in each cell, stacked by where it is spent."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import cpu, theme, words
from perflab.report.figures.data import Data
from perflab.run.cells import ALL
from perflab.run.metrics import CPU
from perflab.units import listed, seconds

# CPU and service time that differ by less are called nearly the same.
MAX_DIFFERENCE = 0.03


class CpuByCellFigure(cpu.CpuFigure):
    """A bar for each cell, of all requests together."""

    section = "switches"
    row_in = 0.36

    def table(self, data: Data) -> pd.DataFrame:
        """Return cells, from all off to all on, by clock: mean CPU seconds per request over ALL."""
        parts = cpu.parts(data)
        if ALL not in parts.index.get_level_values("endpoint"):
            return parts.iloc[:0].droplevel("endpoint")
        of_all = parts.xs(ALL, level="endpoint")
        return pd.DataFrame(of_all).reindex([cell for cell in data.order if cell in of_all.index])

    def headline(self, data: Data) -> str:
        return cpu.whole_sentence(data) or "CPU per request was not measured"

    def subtitle(self, data: Data) -> str:
        text = (
            "Mean CPU time per request over all requests, for each combination of switches, split into application, database and "
            "cache server (the cache server's background work is included in every cell)."
        )
        total, service = data.effect(CPU), data.effect("latency_s")
        if (
            total
            and service
            and _nearly_equal(total.before, service.before)
            and _nearly_equal(total.after, service.after)
        ):
            text += " CPU time nearly equals service time, because a single request on one core hardly ever waits."
        return text

    def alt(self, data: Data) -> str:
        rows = self.table(data)
        sums = listed([f"{words.cell(str(cell))} {seconds(total)}" for cell, total in cpu.totals(rows).items()])
        text = f"Stacked bar chart, one bar for each of {len(rows)} cells. {self.headline(data)}. Totals: {sums}."
        return f"{text} {cpu.unread_note(rows)}".strip()

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        cpu.bars(ax, rows, range(len(rows)), 0.66)
        theme.rows_down(ax, [words.cell(str(cell)).replace("+", " + ") for cell in rows.index])
        cpu.finish(ax, rows)


def _nearly_equal(cpu_s: float | None, service_s: float | None) -> bool:
    if not cpu_s or not service_s:
        return False
    return abs(cpu_s / service_s - 1) <= MAX_DIFFERENCE


FIGURE = CpuByCellFigure()
