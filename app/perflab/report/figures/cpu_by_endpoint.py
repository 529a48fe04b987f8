"""CPU per request of each endpoint, with everything off and with everything on."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import cpu, theme
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from perflab.units import seconds


def table(data: Data) -> pd.DataFrame:
    """Endpoint and cell (all_off, all_on) by clock: mean CPU seconds per request, the costliest endpoint first."""
    found = cpu.parts(data)
    cells = found.index.get_level_values("cell")
    found = found[cells.isin([BASELINE, OPTIMISED])]
    if found.empty:
        return found
    cost = cpu.totals(found).groupby("endpoint").max().sort_values(ascending=False, kind="stable")
    ranked = [*(e for e in cost.index if e == ALL), *(e for e in cost.index if e != ALL)]
    wanted = [(e, c) for e in ranked for c in (BASELINE, OPTIMISED) if (e, c) in found.index]
    return found.reindex(pd.MultiIndex.from_tuples(wanted, names=["endpoint", "cell"]))


def headline(data: Data) -> str:
    found = table(data)
    if found.empty:
        return "CPU by endpoint was not measured"
    sums = cpu.totals(found).reset_index(name="total").pivot_table(index="endpoint", columns="cell", values="total")
    sums = sums.drop(index=ALL, errors="ignore")
    if not {BASELINE, OPTIMISED} <= set(sums.columns) or sums.empty:
        return "CPU by endpoint cannot be compared"
    costs = (sums[OPTIMISED] - sums[BASELINE]).dropna()
    less, more = (costs.reindex(_certain(data, verdict)).dropna() for verdict in ("better", "worse"))
    sentences = []
    if less.empty:
        sentences.append("No endpoint certainly needs less CPU with everything on")
    else:
        saved = str(less.idxmin())
        sentences.append(f"{saved} saves most CPU per request: {_from_to(sums, saved)}")
    if not more.empty:
        worst = str(more.idxmax())
        which = "one takes more" if len(more) == 1 else f"{len(more)} take more, most of all"
        sentences.append(f"{which}{',' if len(more) == 1 else ''} {worst}: {_from_to(sums, worst)}")
    return "; ".join(sentences)


def _from_to(sums: pd.DataFrame, endpoint: str) -> str:
    return f"{seconds(sums[BASELINE][endpoint])} to {seconds(sums[OPTIMISED][endpoint])}"


def _certain(data: Data, verdict: str) -> list[str]:
    """The endpoints whose application CPU, the largest part by far, has this verdict."""
    return [str(e["endpoint"]) for e in data.effects("app_cpu_s") if e["verdict"] == verdict]


def subtitle(data: Data) -> str:
    return "Mean CPU time per request: in each pair, everything off above and everything on below."


def alt(data: Data) -> str:
    found = table(data)
    if found.empty:
        return f"Empty chart. {NO_SAMPLES if data.empty else cpu.NO_CLOCK}"
    endpoints = found.index.get_level_values("endpoint").nunique()
    said = cpu.unread_note(found)
    return f"Stacked bar chart, a pair of bars (all off, all on) for each of {endpoints} rows. {headline(data)}. {said}".strip()


def draw(data: Data, ax: Axes | None = None) -> Axes:
    found = table(data)
    with theme.applied():
        names = list(dict.fromkeys(found.index.get_level_values("endpoint")))
        ax = theme.axes(len(names), row_in=0.42) if ax is None else ax
        if found.empty:
            return theme.placeholder(ax, NO_SAMPLES if data.empty else cpu.NO_CLOCK)
        offset = {BASELINE: -0.2, OPTIMISED: 0.2}
        which = {offset[BASELINE]: "  all off", offset[OPTIMISED]: "  all on"}  # once, on the first row
        cpu.bars(ax, found, [names.index(e) + offset[c] for e, c in found.index], 0.36, which)
        theme.rows_down(ax, [data.label(str(e)) for e in names])
        ax.get_yticklabels()[0].set_fontweight("bold" if names[0] == ALL else "normal")
        cpu.finish(ax, found)
    return ax
