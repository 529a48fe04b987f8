"""The controls of a run: how large noise is, whether a known 5% was seen, whether the machine kept its pace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.effects.carry_over import predecessor_effect
from perflab.analysis.effects.effects import compare
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import number, plain
from perflab.run.cells import CANARY, CANARY_SHARE, OPTIMISED, REFERENCE, TWIN
from perflab.run.tables import rows_where
from perflab.units import percent, signed

METRIC = "latency_s"


def control(samples: pd.DataFrame | Pairs, confidence: float = 0.95, margin: float = 0.02) -> dict[str, Any]:
    """What twin, canary and reference say about service time: figures, and one plain sentence each.

    `noise_floor` is the largest difference that the interval of two identical cells allows. The canary was `seen` if
    its interval excludes no change. `withheld` says, a sentence each, why no verdict on times is drawn from the run: twins that
    differ materially, or a material predecessor effect.
    """
    pairs = Pairs.of(samples)
    twin = _against_optimised(pairs, TWIN, confidence, margin)
    canary = _against_optimised(pairs, CANARY, confidence, margin)
    low, high = number(twin["low"]), number(twin["high"])
    floor = None if low is None or high is None else max(abs(low - 1), abs(high - 1))
    seen = canary["seen"] if canary["seen"] is None else bool(canary["low"] > 1)
    before = predecessor_effect(pairs, confidence, margin)
    found: dict[str, Any] = plain(
        {
            "metric": METRIC,
            "withheld": _withheld(twin, before, margin),
            "noise_floor": floor,
            "twin": {**twin, "sentence": _twin_sentence(twin, floor)},
            "canary": {
                **canary,
                "expected": 1 + CANARY_SHARE,
                "seen": seen,
                "sentence": _canary_sentence(canary, seen),
            },
            "reference": reference_pace(pairs.samples),
            "predecessor": before,
        }
    )
    return found


def _withheld(twin: dict[str, Any], before: dict[str, Any], margin: float) -> list[str]:
    reasons = []
    if twin["material"]:
        reasons.append(
            f"two identical cells differed by {signed(twin['ratio'])} ({signed(twin['low'])} to {signed(twin['high'])}), more "
            f"than the margin of {percent(margin, 0)}"
        )
    if before["material"]:
        reasons.append(
            f"cells took {signed(before['ratio'])} after all_off against after all_on ({signed(before['low'])} to "
            f"{signed(before['high'])}), more than the margin of {percent(margin, 0)}"
        )
    return reasons


def _against_optimised(pairs: Pairs, cell: str, confidence: float, margin: float) -> dict[str, Any]:
    row = compare(pairs, METRIC, OPTIMISED, cell, confidence=confidence, margin=margin).iloc[0]
    keys = ("ratio", "low", "high", "n", "rounds", "verdict", "seen", "material", "note")
    return {key: row[key] for key in keys}


def reference_pace(samples: pd.DataFrame) -> dict[str, Any]:
    """The reference request's time by round: `change` is the last round's mean over the first's, less 1.

    `variation` is the coefficient of variation (standard deviation / mean) of its single requests, `variation_rounds`
    that of its rounds' means.
    """
    if {"cell", METRIC} <= set(samples.columns):
        rows = rows_where(samples, cell=REFERENCE)
        if "phase" in rows.columns:
            rows = rows_where(rows, phase="measured")
        times = rows[METRIC].to_numpy(np.float64, na_value=np.nan)
        known = np.isfinite(times)
        rows, times = rows[known], times[known]
    else:
        rows, times = samples.iloc[:0], np.array([])
    if not len(times):
        sentence = "There is no reference request in this run: nothing says whether the machine kept its pace."
        unknown = dict.fromkeys(("change", "variation", "variation_rounds"))
        return {"n": 0, "rounds": [], **unknown, "sentence": sentence}
    by_round = pd.DataFrame({"round": rows["round"].to_numpy(), "time": times}).groupby("round")["time"]
    means = by_round.mean()
    change = float(means.iloc[-1] / means.iloc[0] - 1) if len(means) > 1 else None
    variation = float(times.std(ddof=1) / times.mean()) if len(times) > 1 else None
    return {
        "n": len(times),
        "rounds": [
            {"round": int(r), "mean": means[r], "low": low, "high": high}
            for r, low, high in zip(means.index, by_round.quantile(0.1), by_round.quantile(0.9), strict=True)
        ],
        "change": change,
        "variation": variation,
        "variation_rounds": float(means.std(ddof=1) / means.mean()) if len(means) > 1 else None,
        "sentence": _reference_sentence(means, change, variation),
    }


def _twin_sentence(twin: dict[str, Any], floor: float | None) -> str:
    if floor is None:
        return f"The noise floor is unknown. {twin['note']}"
    sentence = (
        f"Two identical cells differed by {signed(twin['ratio'])} "
        f"(95% interval {signed(twin['low'])} to {signed(twin['high'])}): "
    )
    if twin["material"]:
        return sentence + "more than noise should, so differences of that size mean nothing in this run."
    return sentence + f"in the mean over all requests, a difference of up to {percent(floor)} may be noise."


def _canary_sentence(canary: dict[str, Any], seen: bool | None) -> str:
    if seen is None:
        return f"Whether the run could see a slow-down of {percent(CANARY_SHARE, 0)} is unknown. {canary['note']}"
    found = f"{signed(canary['ratio'])} ({signed(canary['low'])} to {signed(canary['high'])})"
    if seen:
        return f"A slow-down of {percent(CANARY_SHARE, 0)} was put in on purpose, and the run saw it: {found}."
    return (
        f"A slow-down of {percent(CANARY_SHARE, 0)} was put in on purpose, and the run did not see it: {found}. "
        "It was blind to changes of that size."
    )


def _reference_sentence(means: pd.Series[float], last: float | None, variation: float | None) -> str:
    if last is None:
        return "The run has one round: nothing says whether the machine kept its pace between rounds."
    against = means / means.mean()
    return (
        f"The machine's pace: in {len(means)} rounds the reference request was between {signed(against.min())} and "
        f"{signed(against.max())} off its average, in the last {signed(1 + last)} off the first; single ones varied by "
        f"{percent(variation)}."
    )
