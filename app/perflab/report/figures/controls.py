"""The controls: how large noise is, whether the slow-down put in was seen, and the machine's pace by round."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from perflab.report.figures import theme, words
from perflab.report.figures.data import Data
from perflab.run.cells import CANARY_SHARE
from perflab.units import percent

NOTHING = "This run has no controls: nothing says how large its noise is."


def table(data: Data) -> pd.DataFrame:
    """One row per control: twin, canary, and the reference's rounds against their mean. Values are ratios."""
    found = data.summary["control"]
    rows = [
        {
            "control": name,
            "ratio": found[name]["ratio"],
            "low": found[name]["low"],
            "high": found[name]["high"],
        }
        for name in ("twin", "canary")
        if found[name]["ratio"] is not None
    ]
    rounds = found["reference"]["rounds"]
    if rounds:
        middle = sum(r["mean"] for r in rounds) / len(rounds)
        rows += [
            {
                "control": f"reference, round {r['round']}",
                "ratio": r["mean"] / middle,
                "low": None,
                "high": None,
            }
            for r in rounds
        ]
    return pd.DataFrame(rows, columns=["control", "ratio", "low", "high"])


def headline(data: Data) -> str:
    found = data.summary["control"]
    floor, seen = found["noise_floor"], found["canary"]["detected"]
    noise = (
        "How large noise is, is unknown"
        if floor is None
        else f"In the mean, differences of up to {percent(floor)} may be noise"
    )
    if found["twin"]["practically_significant"]:
        noise = f"Two identical cells differ by {words.change(found['twin']['ratio'])}, which is more than noise should"
    share = percent(CANARY_SHARE, 0)
    if seen is None:
        return f"{noise}; whether the run could see {share} is unknown"
    return f"{noise}; the slow-down of {share} put in on purpose was {'seen' if seen else 'not seen'}"


def subtitle(data: Data) -> str:
    return (
        "Service time against all on, with 95% intervals: a second, identical cell (twin) and one slowed by 5% (canary). "
        "Reference: a fixed request, by round, against its mean. Grey: what is noise."
    )


def alt(data: Data) -> str:
    if table(data).empty:
        return f"Empty chart. {NOTHING}"
    found = data.summary["control"]
    said = " ".join(str(found[name]["sentence"]) for name in ("twin", "canary", "reference"))
    return f"Dot chart with intervals around no change. {headline(data)}. {said}"


def draw(data: Data, ax: Axes | None = None) -> Axes:
    rows = table(data)
    found = data.summary["control"]
    with theme.applied():
        ax = theme.axes(3, row_in=0.5) if ax is None else ax
        if rows.empty:
            return theme.placeholder(ax, NOTHING)
        labels = []
        for place, (name, label) in enumerate({"twin": "twin", "canary": "canary", "reference": "reference"}.items()):
            mine = rows[rows["control"].str.startswith(name)]
            labels.append(label)
            if name == "reference":
                _rounds(ax, place, mine)
            elif not mine.empty:
                _estimate(ax, place, found[name])
        if found["noise_floor"] is not None:
            ax.axvspan(1 - found["noise_floor"], 1 + found["noise_floor"], color=theme.BAND, zorder=0)
        ax.axvline(1, color=theme.INK, linewidth=1)
        expected = 1 + CANARY_SHARE
        ax.plot([expected, expected], [0.62, 1.38], color=theme.OFF, linewidth=1.5, linestyle="--", zorder=1)
        ax.annotate(
            "put in: +5%",
            (expected, 0.62),
            xytext=(3, 1),
            textcoords="offset points",
            fontsize=8,
            color=theme.MUTED,
        )
        ax.xaxis.set_major_formatter(FuncFormatter(lambda r, _: "no change" if abs(r - 1) < 1e-9 else words.change(r)))
        ax.grid(axis="x")
        theme.rows_down(ax, labels)
        ax.spines["left"].set_visible(False)
    return ax


def _estimate(ax: Axes, place: int, effect: dict[str, Any]) -> None:
    if effect["low"] is not None:
        ax.plot([effect["low"], effect["high"]], [place, place], color=theme.INK, linewidth=1.6, zorder=2)
    ax.plot(effect["ratio"], place, "D", markersize=6, color=theme.ON, zorder=3)
    theme.beside(ax, place, words.change(effect["ratio"]), words.interval(effect))


def _rounds(ax: Axes, place: int, rows: pd.DataFrame) -> None:
    """One mark per round, the round's number above it; a line shows the order."""
    if rows.empty:
        ax.text(1, place, "  not measured", va="center", fontsize=8, color=theme.MUTED)
        return
    ratios = [float(r) for r in rows["ratio"]]
    ax.plot(ratios, [place] * len(ratios), "|", markersize=13, color=theme.INK, markeredgewidth=1.4)
    for mark, name in ((ratios[0], "first"), (ratios[-1], "last")):
        if len(ratios) > 1:
            ax.annotate(
                name,
                (mark, place),
                xytext=(0, 9),
                textcoords="offset points",
                ha="center",
                fontsize=7.5,
                color=theme.MUTED,
            )
    theme.beside(ax, place, "", f"{words.change(min(ratios))} to {words.change(max(ratios))}")
