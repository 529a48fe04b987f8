"""What each factor does to service time: alone, last, and its share of the whole."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from perflab.report.figures import theme, words
from perflab.report.figures.data import Data
from perflab.units import listed, percent, significant

METRIC = "latency_s"
NOTHING = "What each factor brings is unknown: not every combination of the factors was measured."
WAYS = {
    "from_baseline": ("alone: only this one on", "o", theme.PAPER),
    "leave_one_out": ("last: switched on after all others", "s", theme.PAPER),
    "shapley": ("share: the mean over all orders", "D", theme.ON),
}


def _rows(data: Data) -> list[dict[str, Any]]:
    rows = [
        dict(a)
        for a in data.summary["attribution"]
        if a["metric"] == METRIC and a["scale"] == "log" and a["kind"] == "factor"
    ]
    return sorted(rows, key=lambda a: a["shapley"]["estimate"])


def table(data: Data) -> pd.DataFrame:
    """One row per factor and way, and the whole: ratio of mean service time with its interval."""
    rows = _rows(data)
    found = [{"factor": a["factor"], "way": way, **a[way]} for a in rows for way in WAYS]
    found += [{"factor": "all together", "way": "whole", **a["whole"]} for a in rows[:1]]
    return pd.DataFrame(found, columns=["factor", "way", "estimate", "low", "high"])


def headline(data: Data) -> str:
    rows = _rows(data)
    if not rows:
        return "What each factor brings is unknown"
    whole = rows[0]["whole"]
    if not _is_certain(whole):
        return (
            f"What the factors bring together is not certain: {words.change(whole['estimate'])} service time on average"
        )
    if whole["estimate"] > 1:
        return f"Together the factors make a request take {words.change(whole['estimate'])} of its time without them"
    certain = [a for a in rows if _is_certain(a["shapley"])]
    unclear = [str(a["factor"]) for a in rows if not _is_certain(a["shapley"])]
    parts = [f"{a['factor']} {significant(1 / a['shapley']['estimate'])}×" for a in certain]
    sentence = f"{significant(1 / whole['estimate'])}× faster in all"
    if parts:
        sentence += f"; of this, {listed(parts)}"
    return f"{sentence}; nothing certain of {listed(unclear)}" if unclear else sentence


def _is_certain(part: dict[str, float | None]) -> bool:
    """Whether its interval excludes no change."""
    low, high = part["low"], part["high"]
    return low is not None and high is not None and (low > 1 or high < 1)


def subtitle(data: Data) -> str:
    return (
        "Mean service time with the factor on, as a multiple of that with it off, and the 95% interval. Left of 1 is faster. "
        "The shares multiply to the whole."
    )


def alt(data: Data) -> str:
    rows = _rows(data)
    if not rows:
        return f"Empty chart. {NOTHING}"
    each = " ".join(
        f"{a['factor']}: alone {words.change(a['alone']['estimate'])}, last {words.change(a['last']['estimate'])}, "
        f"share {words.change(a['shapley']['estimate'])}"
        + (f" ({percent(a['shapley_share'], 0)} of the whole)." if a["shapley_share"] is not None else ".")
        for a in rows
    )
    return f"Dot chart with intervals, three marks for each of {len(rows)} factors. {headline(data)}. {each}"


def draw(data: Data, ax: Axes | None = None) -> Axes:
    rows = _rows(data)
    with theme.applied():
        ax = theme.axes(len(rows) + 1, row_in=0.75) if ax is None else ax
        if not rows:
            return theme.placeholder(ax, NOTHING)
        for place, row in enumerate(rows):
            for offset, (way, (_, marker, fill)) in zip((-0.25, 0.0, 0.25), WAYS.items(), strict=True):
                _mark(ax, place + offset, row[way], marker, fill)
        _mark(ax, len(rows), rows[0]["whole"], "D", theme.INK)
        ax.axhline(len(rows) - 0.5, color=theme.INK, linewidth=0.8)
        ax.axvline(1, color=theme.INK, linewidth=1)
        _scale(ax)
        theme.rows_down(ax, [*(str(a["factor"]) for a in rows), "all together"])
        ax.spines["left"].set_visible(False)
        handles = [
            Line2D([], [], color="none", marker=m, markeredgecolor=theme.ON, markerfacecolor=fill, label=label)
            for label, m, fill in WAYS.values()
        ]
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handletextpad=0.1, borderpad=0)
    return ax


def _mark(ax: Axes, place: float, part: dict[str, float | None], marker: str, fill: str) -> None:
    estimate = part["estimate"]
    if estimate is None:
        return
    edge = theme.INK if fill == theme.INK else theme.ON
    if part["low"] is not None and part["high"] is not None:
        ax.plot([part["low"], part["high"]], [place, place], color=theme.INK, linewidth=1.2, zorder=2)
    ax.plot(
        estimate,
        place,
        marker,
        markersize=6,
        markeredgecolor=edge,
        markerfacecolor=fill,
        markeredgewidth=1.4,
        zorder=3,
    )
    theme.beside(ax, place, words.change(estimate), words.interval(part))


def _scale(ax: Axes) -> None:
    """Logarithmic ticks at plain multiples: 0.02×, 0.1×, 0.5×, 1×."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    if high / low < 3:  # decades would leave one tick or none
        ax.xaxis.set_major_locator(MaxNLocator(6))
    else:
        wanted = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
        ax.set_xticks([tick for tick in wanted if low <= tick <= high])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda r, _: f"{r:.3g}×"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.grid(axis="x")
    ax.set_xlabel("mean service time, as a multiple")
