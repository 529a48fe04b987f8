"""The controls: how large noise is, whether the injected slow-down was detected, and the machine's speed by round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from perflab.report import lookup
from perflab.report.figures import theme, words
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.run.cells import CANARY, CANARY_SHARE, CONTROL_TITLES, REFERENCE, TWIN
from perflab.units import percent, relative

COLUMNS = ["control", "round", "ratio", "low", "high"]
# The controls of service time; the A/A control of the baseline is about responses.
SHOWN = {name: CONTROL_TITLES[name] for name in (TWIN, CANARY, REFERENCE)}


class ControlsFigure(Figure):
    """A row for each control, around no change."""

    section = "controls"
    in_seconds = False
    row_in = 0.5

    def table(self, data: Data) -> pd.DataFrame:
        """Return one row per control, and one per round of the calibration request against its mean. Values are ratios."""
        rows = [
            {"control": CONTROL_TITLES[name], **{column: control[column] for column in COLUMNS[2:]}}
            for name in (TWIN, CANARY)
            if (control := lookup.control(data.summary, name)).get("ratio") is not None
        ]
        rounds = lookup.control(data.summary, REFERENCE).get("rounds") or []
        mean = sum(row["mean"] for row in rounds) / len(rounds) if rounds else 1.0
        rows += [
            {"control": CONTROL_TITLES[REFERENCE], "round": row["round"], "ratio": row["mean"] / mean} for row in rounds
        ]
        return pd.DataFrame(rows, columns=COLUMNS).astype({"round": "Int64"})

    def nothing(self, data: Data) -> str:
        return "This run has no controls, so the size of its noise is unknown."

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        return len(SHOWN)

    def headline(self, data: Data) -> str:
        floor, aa_control = lookup.noise_floor(data.summary), lookup.control(data.summary, TWIN)
        noise = "The size of noise is unknown"
        if aa_control.get("practically_significant"):
            noise = f"Two identical cells differ by {words.change(aa_control['ratio'])}, which is more than noise should cause"
        elif floor is not None:
            noise = f"Differences of up to {relative(floor)} in the mean may be noise"
        share, detected = percent(CANARY_SHARE, 0), lookup.control(data.summary, CANARY).get("detected")
        if detected is None:
            return f"{noise}; it is unknown whether the run could detect a slow-down of {share}"
        return f"{noise}; the injected slow-down of {share} was {'detected' if detected else 'not detected'}"

    def subtitle(self, data: Data) -> str:
        return (
            "Service time relative to all on, with 95% intervals: a second, identical cell (A/A control) and a cell slowed by 5% "
            "(positive control). Calibration request: a fixed request, by round, relative to its mean. Grey: noise."
        )

    def alt(self, data: Data) -> str:
        sentences = " ".join(str(lookup.control(data.summary, name).get("sentence") or "") for name in SHOWN)
        return f"Dot chart with intervals around no change. {self.headline(data)}. {sentences}"

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        for place, (name, label) in enumerate(SHOWN.items()):
            of_control = rows[(rows["control"] == label).to_numpy(bool)]
            if name == REFERENCE:
                _rounds(ax, place, of_control)
            elif not of_control.empty:
                _estimate(ax, place, lookup.control(data.summary, name))
        floor, expected = lookup.noise_floor(data.summary), 1 + CANARY_SHARE
        if floor is not None:
            ax.axvspan(1 - floor, 1 + floor, color=theme.BAND, zorder=0)
        ax.axvline(1, color=theme.INK, linewidth=1)
        ax.plot([expected, expected], [0.62, 1.38], color=theme.OFF, linewidth=1.5, linestyle="--", zorder=1)
        _annotate(ax, "injected: +5%", (expected, 0.62), (3, 1), fontsize=8)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda r, _: "no change" if abs(r - 1) < 1e-9 else words.change(r)))
        ax.grid(axis="x")
        theme.rows_down(ax, list(SHOWN.values()))
        ax.spines["left"].set_visible(False)


def _annotate(ax: Axes, text: str, place: tuple[float, float], offset: tuple[float, float], **look: Any) -> None:
    ax.annotate(text, place, xytext=offset, textcoords="offset points", color=theme.MUTED, **look)


def _estimate(ax: Axes, place: int, control: Mapping[str, Any]) -> None:
    ratio, low, high = control["ratio"], control["low"], control["high"]
    if low is not None:
        ax.plot([low, high], [place, place], color=theme.INK, linewidth=1.6, zorder=2)
    ax.plot(ratio, place, "D", markersize=6, color=theme.ON, zorder=3)
    theme.beside(ax, place, words.change(ratio, low, high), words.interval(low, high))


def _rounds(ax: Axes, place: int, rows: pd.DataFrame) -> None:
    """One mark per round; the first and the last are named."""
    if rows.empty:
        ax.text(1, place, "  not measured", va="center", fontsize=8, color=theme.MUTED)
        return
    ratios = [float(ratio) for ratio in rows["ratio"]]
    ax.plot(ratios, [place] * len(ratios), "|", markersize=13, color=theme.INK, markeredgewidth=1.4)
    if len(ratios) > 1:
        for ratio, name in ((ratios[0], "first"), (ratios[-1], "last")):
            _annotate(ax, name, (ratio, place), (0, 9), ha="center", fontsize=7.5)
    theme.beside(ax, place, "", f"{words.change(min(ratios))} to {words.change(max(ratios))}")


FIGURE = ControlsFigure()
