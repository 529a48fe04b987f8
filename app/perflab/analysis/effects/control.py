"""The controls of a run: how large noise is, whether an injected 5% was detected, how the machine drifted.

An A/A comparison measures the noise: Kohavi, Tang & Xu, "Trustworthy Online Controlled Experiments", 2020, chapter 19.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.effects.carry_over import CarryOver, carry_over_effect, compared
from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.identical import Difference, differences
from perflab.analysis.effects.table import of_table
from perflab.analysis.effects.variation import Variation, variation
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, CANARY, CANARY_SHARE, OPTIMISED, REFERENCE, TWIN, TWIN_OFF
from perflab.run.columns import Samples
from perflab.run.records import Effect
from perflab.run.tables import rows_where
from perflab.units import percent, relative, signed_with

METRIC = "latency_s"

# What summary.json has of the effect of a control.
EFFECT = (
    "ratio", "low", "high", "n", "rounds", "verdict", "statistically_significant", "practically_significant", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AAControl:
    """The difference between two identical cells, and a sentence about it."""

    effect: Effect
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return the control as summary.json has it."""
        return {**{name: getattr(self.effect, name) for name in EFFECT}, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class PositiveControl:
    """The injected slow-down, and whether the run detected it.

    Attributes:
        effect: The slow-down as measured.
        expected: The ratio that was injected.
        detected: Whether the interval lies above 1; None if unknown.
        sentence: The result in words.
    """

    effect: Effect
    expected: float
    detected: bool | None
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return the control as summary.json has it."""
        effect = {name: getattr(self.effect, name) for name in EFFECT}
        return {**effect, "expected": self.expected, "detected": self.detected, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class RoundPace:
    """The calibration request's time in one round: its mean, and the first and last decile, in seconds."""

    round: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReferencePace:
    """The calibration request's time by round, and how it drifted; what is unknown is None.

    Attributes:
        sentence: The drift in words.
        n: How many requests it rests on.
        rounds: The time in each round.
        change: The last round's mean / the first's, minus 1.
        variation: The coefficient of variation (standard deviation / mean) of single requests.
        variation_rounds: The coefficient of variation of the rounds' means.
    """

    sentence: str
    n: int = 0
    rounds: Sequence[RoundPace] = ()
    change: float | None = None
    variation: float | None = None
    variation_rounds: float | None = None


@dataclass(frozen=True, slots=True)
class Controls:
    """What a run's controls show of service time.

    Attributes:
        withheld: The reasons why no verdict on times is drawn, a clause each: identical cells or carry-over that differ beyond
            the margin.
        noise_floor: The largest difference that the interval of two identical cells allows; None if unknown.
        twin: The A/A control.
        canary: The positive control; None where nothing is compared.
        reference: The calibration request.
        carry_over: The carry-over effect.
        variation: What the gain varies by between rounds.
    """

    withheld: Sequence[str]
    noise_floor: float | None
    twin: AAControl
    canary: PositiveControl | None
    reference: ReferencePace
    carry_over: CarryOver
    variation: Variation = field(default_factory=Variation)

    def as_dict(self) -> dict[str, Any]:
        """Return the controls as summary.json has them."""
        return {
            "metric": METRIC,
            "withheld": list(self.withheld),
            "noise_floor": self.noise_floor,
            "twin": self.twin.as_dict(),
            "canary": {} if self.canary is None else self.canary.as_dict(),
            "reference": asdict(self.reference),
            "carry_over": asdict(self.carry_over),
            "variation": self.variation.as_dict(),
        }


def control(
    samples: pd.DataFrame | Pairs, confidence: float = 0.95, margin: float = 0.02, *, compared: bool = True
) -> Controls:
    """Return what the A/A control, the positive control and the calibration request show of service time, and carry-over.

    Args:
        samples: The run's requests, or these as Pairs.
        confidence: The confidence of intervals, 0..1.
        margin: The margin of equivalence, relative.
        compared: Whether the run has factors; else it has one cell and its A/A control.
    """
    pairs = Pairs.of(samples).keeping((METRIC,))
    twin = _against(pairs, *((OPTIMISED, TWIN) if compared else (BASELINE, TWIN_OFF)), confidence, margin)
    floor = None if twin.low is None or twin.high is None else max(abs(twin.low - 1), abs(twin.high - 1))
    if not compared:
        aa_control = AAControl(twin, _twin_sentence(twin, floor, "identical"))
        nothing = CarryOver("")
        reasons = _withheld(differences(pairs, METRIC), nothing, margin)
        return Controls(reasons, floor, aa_control, None, reference_pace(pairs.samples), nothing)
    canary = _against(pairs, OPTIMISED, CANARY, confidence, margin)
    detected = None if canary.statistically_significant is None or canary.low is None else canary.low > 1
    carry_over = carry_over_effect(pairs, confidence, margin)
    return Controls(
        withheld=_withheld(differences(pairs, METRIC), carry_over, margin),
        noise_floor=floor,
        twin=AAControl(twin, _twin_sentence(twin, floor)),
        canary=PositiveControl(canary, 1 + CANARY_SHARE, detected, _canary_sentence(canary, detected)),
        reference=reference_pace(pairs.samples),
        carry_over=carry_over,
        variation=variation(pairs, METRIC),
    )


def _withheld(identical: Sequence[Difference], carry_over: CarryOver, margin: float) -> list[str]:
    reasons = [
        f"two identical cells ({' and '.join(each.cells)}) differed by {signed_with(each.ratio, each.low, each.high)}, more "
        f"than the margin of {percent(margin, 0)}"
        for each in identical
        if each.beyond(margin)
    ]
    ratio, low, high = carry_over.ratio, carry_over.low, carry_over.high
    if carry_over.practically_significant and ratio and low and high:
        reasons.append(f"{compared('was', ratio, low, high)}, more than the margin of {percent(margin, 0)}")
    return reasons


def _against(pairs: Pairs, baseline: str, cell: str, confidence: float, margin: float) -> Effect:
    (effect,) = of_table(compare(pairs, METRIC, baseline, cell, confidence=confidence, margin=margin))
    return effect


def reference_pace(samples: Samples) -> ReferencePace:
    """Return the calibration request's time by round, and how it drifted."""
    columns = [name for name in ("round", "cell", "phase", METRIC) if name in samples.columns]
    if {"cell", METRIC} <= set(columns):
        rows = rows_where(samples[columns], cell=REFERENCE)
        if "phase" in rows.columns:
            rows = rows_where(rows, phase="measured")
        times = rows[METRIC].to_numpy(np.float64, na_value=np.nan)
        finite = np.isfinite(times)
        rows, times = rows[finite], times[finite]
    else:
        rows, times = pd.DataFrame(), np.array([])
    if not len(times):
        sentence = "This run has no calibration request, so it is unknown whether the machine drifted."
        return ReferencePace(sentence)
    by_round = pd.DataFrame({"round": rows["round"].to_numpy(), "time": times}).groupby("round")["time"]
    means = by_round.mean()
    change = float(means.iloc[-1] / means.iloc[0] - 1) if len(means) > 1 else None
    variation = float(times.std(ddof=1) / times.mean()) if len(times) > 1 else None
    return ReferencePace(
        sentence=_reference_sentence(means, change, variation),
        n=len(times),
        rounds=[
            RoundPace(int(r), float(means[r]), float(low), float(high))
            for r, low, high in zip(means.index, by_round.quantile(0.1), by_round.quantile(0.9), strict=True)
        ],
        change=change,
        variation=variation,
        variation_rounds=float(means.std(ddof=1) / means.mean()) if len(means) > 1 else None,
    )


def _twin_sentence(twin: Effect, floor: float | None, which: str = "identical optimised") -> str:
    if floor is None or twin.ratio is None or twin.low is None or twin.high is None:
        return f"The noise floor is unknown. {twin.note}"
    estimate = signed_with(twin.ratio, twin.low, twin.high, "95% interval ")
    sentence = f"The two {which} cells differed by {estimate}: "
    if twin.practically_significant:
        return sentence + "more than noise should cause, so differences of that size mean nothing in this run."
    return sentence + f"in the mean over all requests, a difference of up to {relative(floor)} may be noise."


def _canary_sentence(canary: Effect, detected: bool | None) -> str:
    if detected is None or canary.ratio is None or canary.low is None or canary.high is None:
        return f"It is unknown whether the run could detect a slow-down of {percent(CANARY_SHARE, 0)}. {canary.note}"
    estimate = signed_with(canary.ratio, canary.low, canary.high)
    if detected:
        return f"The run detected the injected slow-down of {percent(CANARY_SHARE, 0)}: it measured {estimate}."
    return (
        f"The run did not detect the injected slow-down of {percent(CANARY_SHARE, 0)}: the measured {estimate} is not "
        "a statistically significant slow-down, so the run cannot detect changes of that size."
    )


def _reference_sentence(means: pd.Series[float], change: float | None, variation: float | None) -> str:
    if change is None:
        return "The run has one round, so it is unknown whether the machine drifted between rounds."
    against = means / means.mean()
    return (
        f"Machine drift: the calibration request's mean time per round ranged from {relative(1 - against.min())} below to "
        f"{relative(against.max() - 1)} above the average of the {len(means)} rounds; the last round was {_relative(change)} "
        f"than the first (single requests: coefficient of variation {percent(variation)})."
    )


def _relative(change: float) -> str:
    return f"{relative(abs(change))} {'slower' if change > 0 else 'faster'}"
