"""The predecessor effect: whether a cell is slower when it takes its turn after a heavy cell than after a light one.

A turn begins with the processor's caches as the cell before left them. Random order spreads that over all cells alike, so
that it makes intervals wider and not wrong; but it is to be known, and small.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.intervals import t_interval
from perflab.analysis.names import BASELINE, OPTIMISED, REFERENCE
from perflab.analysis.values import number, plain
from perflab.units import percent

METRIC = "latency_s"
REPORTED = 0.01


def predecessor_effect(samples: pd.DataFrame, confidence: float = 0.95, margin: float = 0.02) -> dict[str, Any]:
    """How much slower cells are after all_off than after all_on: a ratio with its t interval over rounds.

    Both neighbours' own turns are left out, so that the same cells stand on both sides. A request's time is taken relative
    to those of the cells which made as many queries for the same Step and came after neither, and to its cell's mean (log
    scale), and averaged by turn. `reported`: the effect is seen and above 1%; `material`: its whole interval lies beyond the
    margin.
    """
    needed = {"round", "step", "block", "cell", "predecessor", METRIC}
    turns = _turns(samples) if needed <= set(samples.columns) else pd.DataFrame()
    per_round = np.array([])
    if len(turns):
        after = turns.pivot_table(index="round", columns="predecessor", values="log", aggfunc="mean", observed=True)
        if {BASELINE, OPTIMISED} <= set(after.columns):
            per_round = (after[BASELINE] - after[OPTIMISED]).to_numpy(np.float64)
    if not np.isfinite(per_round).any():
        return _unknown("No cell took a turn after all_off and another after all_on.")
    interval = t_interval(per_round[None, :], confidence)
    ratio, low, high = (number(np.exp(end[0])) for end in (interval.mean, interval.low, interval.high))
    seen = None if low is None or high is None else low > 1 or high < 1
    material = None if low is None or high is None else low > 1 + margin or high < 1 - margin
    found: dict[str, Any] = plain(
        {
            "ratio": ratio,
            "low": low,
            "high": high,
            "rounds": int(interval.rounds[0]),
            "seen": seen,
            "reported": bool(seen and ratio is not None and abs(ratio - 1) > REPORTED),
            "material": material,
            "sentence": _sentence(ratio, low, high),
        }
    )
    return found


def _turns(samples: pd.DataFrame) -> pd.DataFrame:
    """One row per turn of a cell: round, predecessor, and how much slower it was than its Steps and cell make expect."""
    measured = samples[METRIC].notna() & (samples[METRIC] > 0) & (samples["cell"] != REFERENCE)
    if "phase" in samples.columns:
        measured &= samples["phase"] == "measured"
    if "error" in samples.columns:
        measured &= samples["error"].isna()
    measured &= ~samples["cell"].isin([BASELINE, OPTIMISED])
    alike = ["round", "step", *(c for c in ("query_count",) if c in samples.columns)]
    rows = samples.loc[measured.to_numpy(bool, na_value=False), [*alike, "block", "cell", "predecessor", METRIC]]
    rows["log"] = np.log(rows[METRIC].to_numpy(np.float64))
    neutral = rows[~rows["predecessor"].isin([BASELINE, OPTIMISED])]
    expected = neutral.groupby(alike, observed=True, dropna=False)["log"].mean().rename("expected")
    rows = rows.join(expected, on=alike)
    rows["log"] -= rows["expected"]
    of_cell = rows.loc[neutral.index].groupby(["round", "cell"], observed=True)["log"].mean().rename("of_cell")
    rows = rows[rows["predecessor"].isin([BASELINE, OPTIMISED])].join(of_cell, on=["round", "cell"])
    rows["log"] -= rows["of_cell"]
    return rows.groupby(["round", "block", "cell", "predecessor"], observed=True)["log"].mean().dropna().reset_index()


def _unknown(why: str) -> dict[str, Any]:
    unknown = dict.fromkeys(("ratio", "low", "high", "seen", "material"))
    return {**unknown, "rounds": 0, "reported": False, "sentence": f"A predecessor effect is unknown. {why}"}


def _sentence(ratio: float | None, low: float | None, high: float | None) -> str:
    if ratio is None or low is None or high is None:
        return "A predecessor effect is unknown: it takes three rounds."
    found = f"{(ratio - 1) * 100:+.1f}% (95% interval {(low - 1) * 100:+.1f}% to {(high - 1) * 100:+.1f}%)"
    if low <= 1 <= high:
        return f"Cells were no slower after all_off than after all_on, as far as can be told: {found}."
    if abs(ratio - 1) <= REPORTED:
        return f"After all_off cells differed from their times after all_on by less than {percent(REPORTED, 0)}: {found}."
    return f"Turns depend on who had the turn before: after all_off cells took {found} against after all_on."
