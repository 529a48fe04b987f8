"""The controls of a run: how large noise is, whether an injected 5% was detected, how the machine drifted.

An A/A comparison measures the noise: Kohavi, Tang & Xu, "Trustworthy Online Controlled Experiments", 2020, chapter 19.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.effects.carry_over import carry_over_effect
from perflab.analysis.effects.effects import compare
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import number, plain
from perflab.run.cells import CANARY, CANARY_SHARE, OPTIMISED, REFERENCE, TWIN
from perflab.run.tables import rows_where
from perflab.units import percent, signed

METRIC = "latency_s"


def control(samples: pd.DataFrame | Pairs, confidence: float = 0.95, margin: float = 0.02) -> dict[str, Any]:
    """Return what the A/A control, the positive control and the calibration request show of service time, and carry-over.

    Args:
        samples: The run's requests, or these as Pairs.
        confidence: The confidence of intervals, 0..1.
        margin: The margin of equivalence, relative.

    Returns:
        A dictionary for each, with a sentence, by the names of their cells, and `carry_over`. `noise_floor` is the largest
        difference that the interval of two identical cells allows. The positive control was `detected` if its interval lies
        above 1. `withheld`: the reasons why no verdict on times is drawn, a clause each: identical cells or carry-over that
        differ beyond the margin.
    """
    pairs = Pairs.of(samples)
    twin = _against_optimised(pairs, TWIN, confidence, margin)
    canary = _against_optimised(pairs, CANARY, confidence, margin)
    low, high = number(twin["low"]), number(twin["high"])
    floor = None if low is None or high is None else max(abs(low - 1), abs(high - 1))
    significant = canary["statistically_significant"]
    detected = None if significant is None else bool(canary["low"] > 1)
    carry_over = carry_over_effect(pairs, confidence, margin)
    controls: dict[str, Any] = plain(
        {
            "metric": METRIC,
            "withheld": _withheld(twin, carry_over, margin),
            "noise_floor": floor,
            "twin": {**twin, "sentence": _twin_sentence(twin, floor)},
            "canary": {
                **canary,
                "expected": 1 + CANARY_SHARE,
                "detected": detected,
                "sentence": _canary_sentence(canary, detected),
            },
            "reference": reference_pace(pairs.samples),
            "carry_over": carry_over,
        }
    )
    return controls


def _withheld(twin: dict[str, Any], carry_over: dict[str, Any], margin: float) -> list[str]:
    reasons = []
    if twin["practically_significant"]:
        reasons.append(
            f"two identical cells differed by {signed(twin['ratio'])} ({signed(twin['low'])} to {signed(twin['high'])}), more "
            f"than the margin of {percent(margin, 0)}"
        )
    if carry_over["practically_significant"]:
        reasons.append(
            f"cells took {signed(carry_over['ratio'])} after all_off compared with after all_on "
            f"({signed(carry_over['low'])} to {signed(carry_over['high'])}), more than the margin of {percent(margin, 0)}"
        )
    return reasons


def _against_optimised(pairs: Pairs, cell: str, confidence: float, margin: float) -> dict[str, Any]:
    row = compare(pairs, METRIC, OPTIMISED, cell, confidence=confidence, margin=margin).iloc[0]
    keys = (
        "ratio", "low", "high", "n", "rounds", "verdict", "statistically_significant", "practically_significant", "note",
    )  # fmt: skip
    return {key: row[key] for key in keys}


def reference_pace(samples: pd.DataFrame) -> dict[str, Any]:
    """Return the calibration request's time in seconds by round, and how it drifted.

    `change` is the last round's mean over the first's, minus 1. `variation` is the coefficient of variation (standard
    deviation / mean) of single requests, `variation_rounds` that of the rounds' means.
    """
    if {"cell", METRIC} <= set(samples.columns):
        rows = rows_where(samples, cell=REFERENCE)
        if "phase" in rows.columns:
            rows = rows_where(rows, phase="measured")
        times = rows[METRIC].to_numpy(np.float64, na_value=np.nan)
        finite = np.isfinite(times)
        rows, times = rows[finite], times[finite]
    else:
        rows, times = samples.iloc[:0], np.array([])
    if not len(times):
        sentence = "There is no calibration request in this run: whether the machine drifted is unknown."
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
    if twin["practically_significant"]:
        return sentence + "more than noise should, so differences of that size are meaningless in this run."
    return sentence + f"in the mean over all requests, a difference of up to {percent(floor)} may be noise."


def _canary_sentence(canary: dict[str, Any], detected: bool | None) -> str:
    if detected is None:
        return f"Whether the run could detect a slow-down of {percent(CANARY_SHARE, 0)} is unknown. {canary['note']}"
    estimate = f"{signed(canary['ratio'])} ({signed(canary['low'])} to {signed(canary['high'])})"
    if detected:
        return f"The run detected the injected {percent(CANARY_SHARE, 0)} slow-down: {estimate}."
    return (
        f"The run did not detect the injected {percent(CANARY_SHARE, 0)} slow-down: {estimate}. "
        "It could not detect changes of that size."
    )


def _reference_sentence(means: pd.Series[float], change: float | None, variation: float | None) -> str:
    if change is None:
        return "The run has one round: whether the machine drifted between rounds is unknown."
    against = means / means.mean()
    return (
        f"Machine drift: the {len(means)} round means of the calibration request stayed within {signed(against.min())} and "
        f"{signed(against.max())} of their average; the last round was {_relative(change)} than the first; coefficient of "
        f"variation {percent(variation)}."
    )


def _relative(change: float) -> str:
    return f"{percent(abs(change))} {'slower' if change > 0 else 'faster'}"
