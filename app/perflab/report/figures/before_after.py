"""Service time of each endpoint with everything off and with everything on, the largest change on top."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from perflab.report.figures import theme, words
from perflab.report.figures.data import NO_SAMPLES, Data
from perflab.run.cells import ALL
from perflab.units import seconds

METRIC = "latency_s"
COLUMNS = ["endpoint", "before", "after", "ratio", "low", "high", "n", "rounds", "verdict"]


def table(data: Data) -> pd.DataFrame:
    """ALL first, then endpoints by their ratio, the largest reduction on top. Times in seconds."""
    rows = [e for e in data.effects(METRIC) if e["ratio"] is not None]
    rows.sort(key=lambda e: (e["endpoint"] != ALL, e["ratio"]))
    return pd.DataFrame([{c: e[c] for c in COLUMNS} for e in rows], columns=COLUMNS)


def headline(data: Data) -> str:
    rows = table(data).query("endpoint != @ALL", local_dict={"ALL": ALL}).to_dict("records")
    if not rows:
        return "No endpoint can be compared"
    counts = {word: [r for r in rows if r["verdict"] == word] for word in ("better", "worse", "equivalent")}
    unclear = len(rows) - sum(len(found) for found in counts.values())
    sentence = f"{len(counts['better'])} of {len(rows)} endpoints got faster"
    if counts["worse"]:
        slowest = max(counts["worse"], key=lambda r: r["ratio"])
        sentence += f", {len(counts['worse'])} slower (most: {slowest['endpoint']}, {words.change(slowest['ratio'])})"
    if counts["equivalent"]:
        sentence += f", {len(counts['equivalent'])} stayed the same"
    if unclear:
        sentence += f", {unclear} cannot be told"
    return sentence


def subtitle(data: Data) -> str:
    return (
        "Mean service time on a logarithmic scale: all off (hollow) and all on (filled, with the 95% interval of the change). "
        "On the right, the change and its interval."
    )


def alt(data: Data) -> str:
    rows = table(data)
    if rows.empty:
        return f"Empty chart. {NO_SAMPLES}"
    ends = [rows.iloc[1], rows.iloc[-1]] if len(rows) > 2 else [rows.iloc[-1]]
    named = " ".join(
        f"{r['endpoint']}: {seconds(r['before'])} to {seconds(r['after'])} ({words.change(r['ratio'])})." for r in ends
    )
    return f"Dumbbell chart with a row for each endpoint. {headline(data)}. From the largest change to the smallest: {named}"


def draw(data: Data, ax: Axes | None = None) -> Axes:
    rows = table(data)
    with theme.applied():
        ax = theme.axes(len(rows)) if ax is None else ax
        if rows.empty:
            return theme.placeholder(ax, NO_SAMPLES)
        for place, row in enumerate(rows.to_dict("records")):
            _row(ax, place, row)
        theme.log_seconds(ax)
        ax.set_xlabel("mean service time per request")
        finish(ax, data, rows)
    return ax


def finish(ax: Axes, data: Data, rows: pd.DataFrame) -> None:
    """Endpoints down the side, the first one bold where it is all of them, and what hollow and filled circles are."""
    theme.rows_down(ax, [data.label(str(e)) for e in rows["endpoint"]])
    ax.get_yticklabels()[0].set_fontweight("bold" if rows.iloc[0]["endpoint"] == ALL else "normal")
    ax.spines["left"].set_visible(False)
    looks = {"all off": (theme.OFF, theme.PAPER), "all on": (theme.ON, theme.ON)}
    marks = [
        Line2D([], [], marker="o", color="none", markeredgecolor=edge, markerfacecolor=face, label=label)
        for label, (edge, face) in looks.items()
    ]
    ax.legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handletextpad=0.1, borderpad=0)


def _row(ax: Axes, place: int, row: dict[Any, Any]) -> None:
    before, after = float(row["before"]), float(row["after"])
    ax.plot([before, after], [place, place], color=theme.GRID, linewidth=2.5, zorder=1, solid_capstyle="butt")
    ax.plot(
        before,
        place,
        "o",
        markersize=6,
        markeredgecolor=theme.OFF,
        markerfacecolor=theme.PAPER,
        markeredgewidth=1.6,
    )
    if pd.notna(row["low"]):
        ends = [before * row["low"], before * row["high"]]
        ax.plot(ends, [place, place], color=theme.INK, linewidth=1.4, zorder=3)
    ax.plot(after, place, "o", markersize=6, color=theme.ON, zorder=4)
    effect = {k: None if v != v else v for k, v in row.items()}
    theme.beside(ax, place, words.change(effect["ratio"]), words.interval(effect))
