"""What the two CPU figures share: bars of application, database and cache CPU on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from perflab.report.figures import theme
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.report.figures.figure import Figure
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from perflab.run.metrics import CPU_METRICS, title_of
from perflab.units import seconds

NO_CLOCK = "No CPU clock could be read in this run."
SHORT_NAMES = {"app_cpu_s": "application", "db_cpu_s": "database", "cache_cpu_s": "cache"}


class CpuFigure(Figure):
    """A figure of CPU: without samples or clocks there is nothing to draw."""

    def nothing(self, data: Data) -> str:
        return NO_SAMPLES if data.empty else NO_CLOCK


def parts(data: Data) -> pd.DataFrame:
    """Return mean CPU seconds per request: one row per (endpoint, cell), one column per clock, NaN where it is unknown."""
    rows = data.cells[data.cells["metric"].isin(CPU_METRICS)]
    table = rows.pivot_table(index=["endpoint", "cell"], columns="metric", values="mean", aggfunc="first", dropna=False)
    return table.reindex(columns=list(CPU_METRICS)).dropna(how="all")


def unread(table: pd.DataFrame) -> list[str]:
    """Return the clocks that are unknown somewhere: their parts are missing from the bars."""
    return [str(metric) for metric in table.columns if table[metric].isna().any()]


def unread_note(table: pd.DataFrame) -> str:
    """Return a sentence on the clocks that could not be read; empty where all could."""
    missing = unread(table)
    if not missing:
        return ""
    named = " and ".join(title_of(m) for m in missing)
    return f"Not in the bars, because the clock could not be read: {named}. Unknown is not zero."


def totals(table: pd.DataFrame) -> pd.Series[float]:
    """Return CPU per bar, of the clocks that could be read."""
    return table.sum(axis=1, skipna=True)


def bars(
    ax: Axes,
    table: pd.DataFrame,
    places: Sequence[float],
    height: float,
    names: Mapping[float, str] | None = None,
) -> None:
    """Stack the parts from left to right, and write each bar's total behind it.

    Args:
        ax: The axes to draw on.
        table: One row per bar, one column per clock, in seconds.
        places: Where each bar stands.
        height: The height of a bar.
        names: By place, what follows a bar's total.
    """
    left = [0.0] * len(table)
    for metric in CPU_METRICS:
        widths = table[metric].fillna(0.0).tolist()
        ax.barh(
            list(places),
            widths,
            height,
            left=left,
            color=theme.PARTS[metric],
            edgecolor=theme.INK,
            linewidth=0.4,
        )
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, total in zip(places, left, strict=True):
        ax.annotate(
            f"{seconds(total)}{(names or {}).get(place, '')}",
            (total, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=8,
        )


def finish(ax: Axes, table: pd.DataFrame) -> None:
    """Set the scale and the legend and, where a clock is unknown, say so.

    Args:
        ax: The axes that were drawn on.
        table: The bars, one row each.
    """
    ax.set_xlim(0, max(totals(table).max() * 1.1, 1e-9))
    ax.xaxis.set_major_formatter(FuncFormatter(theme.tick_seconds))
    ax.grid(axis="x")
    ax.set_xlabel("CPU time per request")
    ax.spines["left"].set_visible(False)
    handles = [
        Patch(facecolor=theme.PARTS[m], edgecolor=theme.INK, linewidth=0.4, label=SHORT_NAMES[m])
        for m in CPU_METRICS
        if table[m].notna().any()
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderpad=0)
    sentence = unread_note(table)
    if sentence:
        theme.note(ax, sentence)


def of_all(data: Data, cell: str) -> pd.Series[float] | None:
    """Return the parts of all requests together in one cell; None where they are unknown."""
    table = parts(data)
    row: Any = table.loc[(ALL, cell)] if (ALL, cell) in table.index else None
    return cast("pd.Series[float] | None", row)


def whole_sentence(data: Data) -> str | None:
    """Return what CPU per request was before and is after, and where most of it was saved; None where it is unknown."""
    off, on = of_all(data, BASELINE), of_all(data, OPTIMISED)
    if off is None or on is None:
        return None
    both = off.notna() & on.notna()
    before, after = float(off[both].sum()), float(on[both].sum())
    sentence = f"A request uses {seconds(before)} of CPU with everything off, {seconds(after)} with everything on"
    if not both.all():
        missing = " and ".join(SHORT_NAMES[str(m)] for m in both.index[~both])
        sentence += f", not counting the {missing}, whose clock could not be read"
    gains = (off - on)[both]
    if len(gains) < 2 or gains.max() <= 0:
        return sentence
    most = str(gains.idxmax())
    return f"{sentence}; the largest saving is in the {SHORT_NAMES[most]}: {seconds(off[most])} to {seconds(on[most])}"
