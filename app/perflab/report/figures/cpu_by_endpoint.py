"""CPU per request of each endpoint, with everything off and with everything on."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import cpu, theme
from perflab.report.figures.data import Data
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from perflab.units import seconds


class CpuByEndpointFigure(cpu.CpuFigure):
    """A pair of bars for each endpoint."""

    section = "endpoints"
    row_in = 0.42

    def table(self, data: Data) -> pd.DataFrame:
        """Return endpoint and cell (all_off, all_on) by clock: mean CPU seconds per request, the costliest endpoint first."""
        parts = cpu.parts(data)
        parts = parts[parts.index.get_level_values("cell").isin([BASELINE, OPTIMISED])]
        if parts.empty:
            return parts
        cost = cpu.totals(parts).groupby("endpoint").max().sort_values(ascending=False, kind="stable")
        ranked = [*(e for e in cost.index if e == ALL), *(e for e in cost.index if e != ALL)]
        wanted = [(e, c) for e in ranked for c in (BASELINE, OPTIMISED) if (e, c) in parts.index]
        return parts.reindex(pd.MultiIndex.from_tuples(wanted, names=["endpoint", "cell"]))

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        return int(rows.index.get_level_values("endpoint").nunique())

    def headline(self, data: Data) -> str:
        rows = self.table(data)
        if rows.empty:
            return "CPU by endpoint was not measured"
        sums = cpu.totals(rows).reset_index(name="total").pivot_table(index="endpoint", columns="cell", values="total")
        sums = sums.drop(index=ALL, errors="ignore")
        if not {BASELINE, OPTIMISED} <= set(sums.columns) or sums.empty:
            return "CPU by endpoint cannot be compared"
        costs = (sums[OPTIMISED] - sums[BASELINE]).dropna()
        less, more = (costs.reindex(_with_verdict(data, verdict)).dropna() for verdict in ("better", "worse"))
        sentence = "No endpoint uses significantly less CPU with everything on"
        if not less.empty:
            sentence = f"{less.idxmin()} saves the most CPU per request: {_from_to(sums, str(less.idxmin()))}"
        if more.empty:
            return sentence
        which = "one uses more," if len(more) == 1 else f"{len(more)} use more, most of all"
        return f"{sentence}; {which} {more.idxmax()}: {_from_to(sums, str(more.idxmax()))}"

    def subtitle(self, data: Data) -> str:
        return "Mean CPU time per request: in each pair, everything off above and everything on below."

    def alt(self, data: Data) -> str:
        rows = self.table(data)
        pairs = f"a pair of bars (all off, all on) for each of {self.height_in_rows(rows)} rows"
        return f"Stacked bar chart, {pairs}. {self.headline(data)}. {cpu.unread_note(rows)}".strip()

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        names = list(dict.fromkeys(rows.index.get_level_values("endpoint")))
        offset = {BASELINE: -0.2, OPTIMISED: 0.2}
        labels = {offset[BASELINE]: "  all off", offset[OPTIMISED]: "  all on"}  # once, on the first row
        cpu.bars(ax, rows, [names.index(e) + offset[c] for e, c in rows.index], 0.36, labels)
        theme.rows_down(ax, [data.label(str(e)) for e in names])
        ax.get_yticklabels()[0].set_fontweight("bold" if names[0] == ALL else "normal")
        cpu.finish(ax, rows)


def _from_to(sums: pd.DataFrame, endpoint: str) -> str:
    return f"{seconds(sums[BASELINE][endpoint])} to {seconds(sums[OPTIMISED][endpoint])}"


def _with_verdict(data: Data, verdict: str) -> list[str]:
    """The endpoints whose application CPU, the largest part by far, has this verdict."""
    return [effect.endpoint for effect in data.effects("app_cpu_s") if effect.verdict == verdict]


FIGURE = CpuByEndpointFigure()
