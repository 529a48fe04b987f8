"""How service times are spread, with everything off and with everything on, and what was claimed."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from perflab.analysis.effects.distribution import METRIC
from perflab.report.figures import theme
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.units import percent, seconds

STYLES = {BASELINE: (theme.OFF, "--", "all off"), OPTIMISED: (theme.ON, "-", "all on")}
MARKED = (0.5, 0.95)


def table(data: Data) -> pd.DataFrame:
    """Share of requests by cell: the seconds within which so many are served."""
    found = data.distribution.quantiles
    if found.empty:
        return pd.DataFrame(columns=list(STYLES))
    return found.pivot_table(index="share", columns="cell", values=METRIC)[list(STYLES)].rename_axis(columns=None)


def _at(data: Data, share: float) -> tuple[float, float]:
    """Before and after, at a share of the requests."""
    row: Any = table(data).loc[share]
    return float(row[BASELINE]), float(row[OPTIMISED])


def _requests(data: Data) -> str:
    """Which requests these are: those that the claim is about."""
    return "requests" if data.distribution.scope in (None, "all") else f"{data.distribution.scope} requests"


def headline(data: Data) -> str:
    if table(data).empty:
        return "How service times are spread is unknown"
    (before, after), (slow_before, slow_after) = (_at(data, share) for share in MARKED)
    return (
        f"Half of the {_requests(data)} are served within {seconds(after)} instead of {seconds(before)}, 95% within "
        f"{seconds(slow_after)} instead of {seconds(slow_before)}"
    )


def subtitle(data: Data) -> str:
    found = data.distribution
    said = f"Share of {_requests(data)} that were served within a time, on a logarithmic scale; circles at the median and at 95%."
    if found.target_s is None:
        return said
    met = "" if found.met is None else f", which {percent(found.met, 0)} of them meet with everything on"
    return f"{said} The claim asks for a mean of {seconds(found.target_s)}{met}."


def alt(data: Data) -> str:
    if table(data).empty:
        return f"Empty chart. {NO_SAMPLES}"
    found = data.distribution
    met = (
        ""
        if found.met is None
        else f" {percent(found.met, 0)} take no longer than the claimed {seconds(found.target_s)}."
    )
    n = int(found.quantiles["n"].iloc[0])
    return f"Two cumulative curves of {n:,} {_requests(data)} each. {headline(data)}.{met}"


def draw(data: Data, ax: Axes | None = None) -> Axes:
    found = table(data)
    with theme.applied():
        ax = theme.axes(2 if found.empty else 9) if ax is None else ax
        if found.empty:
            return theme.placeholder(ax, NO_SAMPLES)
        for cell, (colour, style, label) in STYLES.items():
            ax.plot(found[cell], found.index, style, color=colour, linewidth=2, label=label)
            ax.plot(
                found.loc[list(MARKED), cell], MARKED, "o", markersize=6, markeredgecolor=colour, markeredgewidth=1.6,
                markerfacecolor=theme.PAPER if cell == BASELINE else colour,
            )  # fmt: skip
        target = data.distribution.target_s
        if target is not None and target > 0:
            ax.axvline(target, color=theme.INK, linewidth=1.2, linestyle=(0, (1, 1.5)))
            ax.annotate(
                f"claimed: {seconds(target)} ", (target, 0.97), xycoords=("data", "axes fraction"), fontsize=8.5, ha="right",
                va="top",
            )  # fmt: skip
        theme.log_seconds(ax)
        ax.set_xlabel("service time")
        ax.set_ylim(0, 1.02)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share, 0)))
        ax.grid(axis="y")
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0)
    return ax
