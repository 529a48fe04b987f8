"""What each factor does to service time: from baseline, leave-one-out, and its share of the whole."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from perflab.report import lookup
from perflab.report.figures import theme, words
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.report.sentences import estimate_of, is_certain
from perflab.run.records import Attribution, Estimate
from perflab.units import listed, percent, significant

WAYS = {
    "from_baseline": ("from baseline: only this one on", "o", theme.PAPER),
    "leave_one_out": ("leave-one-out: on top of all others", "s", theme.PAPER),
    "shapley": ("share: the mean over all orders", "D", theme.ON),
}
TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class AttributionFigure(Figure):
    """Three marks for each factor, and one for all of them together."""

    section = "switches"
    in_seconds = False
    row_in = 0.75

    def table(self, data: Data) -> pd.DataFrame:
        """Return one row per factor and way, and the whole: the ratio of mean service time with its interval."""
        factors = _factors(data)
        estimates = [(row.factor, way, _estimate(row, way)) for row in factors for way in WAYS]
        estimates += [("all together", "whole", _estimate(row, "whole")) for row in factors[:1]]
        rows = [{"factor": factor, "way": way, **estimate.as_dict()} for factor, way, estimate in estimates]
        return pd.DataFrame(rows, columns=["factor", "way", "estimate", "low", "high"])

    def nothing(self, data: Data) -> str:
        return "The effect of each factor is unknown: not every combination of the factors was measured."

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        return int(rows["factor"].nunique()) or 1

    def headline(self, data: Data) -> str:
        rows = _factors(data)
        if not rows:
            return "The effect of each factor is unknown"
        whole = estimate_of(rows[0].whole)
        if not whole or not is_certain(rows[0].whole):
            return f"All factors together have no significant effect: {words.change(whole)} service time on average"
        if whole > 1:
            return f"All factors together slow requests down: {words.change(whole)} service time"
        ratios = [(row.factor, estimate_of(row.shapley)) for row in rows if is_certain(row.shapley)]
        parts = [f"{factor} {significant(1 / ratio)}×" for factor, ratio in ratios if ratio]
        unclear = [row.factor for row in rows if not is_certain(row.shapley)]
        sentence = f"{significant(1 / whole)}× faster in total"
        sentence += f"; of this, {listed(parts)}" if parts else ""
        return sentence + (f"; no significant effect of {listed(unclear)}" if unclear else "")

    def subtitle(self, data: Data) -> str:
        return (
            "Mean service time with the switch on relative to off, with the 95% interval. Left of 1 is faster. The shares "
            "multiply to the whole."
        )

    def alt(self, data: Data) -> str:
        rows = _factors(data)
        each = " ".join(map(_in_words, rows))
        return f"Dot chart with intervals, three marks for each of {len(rows)} factors. {self.headline(data)}. {each}"

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        factors = _factors(data)
        for place, row in enumerate(factors):
            for offset, (way, (_, marker, fill)) in zip((-0.25, 0.0, 0.25), WAYS.items(), strict=True):
                _mark(ax, place + offset, _estimate(row, way), marker, fill)
        _mark(ax, len(factors), _estimate(factors[0], "whole"), "D", theme.INK)
        ax.axhline(len(factors) - 0.5, color=theme.INK, linewidth=0.8)
        ax.axvline(1, color=theme.INK, linewidth=1)
        _scale(ax)
        theme.rows_down(ax, [*(row.factor for row in factors), "all together"])
        ax.spines["left"].set_visible(False)
        handles = [
            Line2D([], [], color="none", marker=m, markeredgecolor=theme.ON, markerfacecolor=fill, label=label)
            for label, m, fill in WAYS.values()
        ]
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handletextpad=0.1, borderpad=0)


def _factors(data: Data) -> list[Attribution]:
    """The factors on the log scale, the largest share of the gain first."""
    rows = [row for row in lookup.shares(data.summary) if row.scale == "log"]
    return sorted(rows, key=lambda row: estimate_of(row.shapley) or 0.0)


def _estimate(row: Attribution, way: str) -> Estimate:
    """One of the estimates of a factor, by its name."""
    estimate: Estimate | None = getattr(row, way)
    return estimate or Estimate(None)


def _in_words(row: Attribution) -> str:
    from_baseline, leave_one_out, share = (words.change(_estimate(row, way).estimate) for way in WAYS)
    of_whole = f" ({percent(row.shapley_share, 0)} of the whole)" if row.shapley_share is not None else ""
    return f"{row.factor}: from baseline {from_baseline}, leave-one-out {leave_one_out}, share {share}{of_whole}."


def _mark(ax: Axes, place: float, estimate: Estimate, marker: str, fill: str) -> None:
    if estimate.estimate is None:
        return
    edge = theme.INK if fill == theme.INK else theme.ON
    if estimate.low is not None and estimate.high is not None:
        ax.plot([estimate.low, estimate.high], [place, place], color=theme.INK, linewidth=1.2, zorder=2)
    look: dict[str, Any] = {"markeredgecolor": edge, "markerfacecolor": fill, "markeredgewidth": 1.4}
    ax.plot(estimate.estimate, place, marker, markersize=6, zorder=3, **look)
    low, high = estimate.low, estimate.high
    theme.beside(ax, place, words.change(estimate.estimate, low, high), words.interval(low, high))


def _scale(ax: Axes) -> None:
    """Logarithmic ticks at plain multiples: 0.02×, 0.1×, 0.5×, 1×."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    if high / low < 3:  # decades would leave one tick or none
        ax.xaxis.set_major_locator(MaxNLocator(6))
    else:
        ax.set_xticks([tick for tick in TICKS if low <= tick <= high])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda r, _: f"{r:.3g}×"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.grid(axis="x")
    ax.set_xlabel("mean service time, as a multiple")


FIGURE = AttributionFigure()
