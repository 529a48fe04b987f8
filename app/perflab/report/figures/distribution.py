"""How service times are distributed, with everything off and with everything on, and what was claimed."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from perflab.analysis.effects.distribution import METRIC
from perflab.report.figures import theme
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.units import percent, seconds

STYLES = {BASELINE: (theme.OFF, "--", "all off"), OPTIMISED: (theme.ON, "-", "all on")}
MARKED = (0.5, 0.95)


class DistributionFigure(Figure):
    """Two cumulative curves of service time."""

    section = "endpoints"

    def table(self, data: Data) -> pd.DataFrame:
        """Return, by share of requests and cell, the seconds within which that share is served."""
        quantiles = data.distribution.quantiles
        if quantiles.empty:
            return pd.DataFrame(columns=list(STYLES))
        return quantiles.pivot_table(index="share", columns="cell", values=METRIC)[list(STYLES)].rename_axis(
            columns=None
        )

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        return 2 if rows.empty else 9

    def headline(self, data: Data) -> str:
        rows: Any = self.table(data)
        if rows.empty:
            return "The distribution of service times is unknown"
        half, most = (rows.loc[share].map(seconds) for share in MARKED)
        return (
            f"For {_requests(data)}, the median goes from {half[BASELINE]} to {half[OPTIMISED]}, the 95th percentile from "
            f"{most[BASELINE]} to {most[OPTIMISED]}"
        )

    def subtitle(self, data: Data) -> str:
        distribution = data.distribution
        text = (
            f"Share of {_requests(data)} (unweighted) served within a given time (log scale); circles mark 50% and 95%."
        )
        if distribution.target_s is None:
            return text
        if distribution.met is None:
            met = ""
        else:
            met = f"; {percent(distribution.met, 0)} of these requests are that fast with everything on"
        return f"{text} The claim corresponds to a mean of {seconds(distribution.target_s)}{met}."

    def alt(self, data: Data) -> str:
        distribution = data.distribution
        target, n = seconds(distribution.target_s), int(distribution.quantiles["n"].iloc[0])
        met = (
            ""
            if distribution.met is None
            else f" {percent(distribution.met, 0)} take no longer than the claimed {target}."
        )
        return f"Two cumulative curves of {n:,} {_requests(data)} each. {self.headline(data)}.{met}"

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        for cell, (colour, style, label) in STYLES.items():
            ax.plot(rows[cell], rows.index, style, color=colour, linewidth=2, label=label)
            ax.plot(
                rows.loc[list(MARKED), cell], MARKED, "o", markersize=6, markeredgecolor=colour, markeredgewidth=1.6,
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


def _requests(data: Data) -> str:
    """Which requests these are: those that the claim is about."""
    scope = data.distribution.scope
    return "requests" if scope in (None, "all") else f"{scope} requests"


FIGURE = DistributionFigure()
