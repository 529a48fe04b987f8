"""Whether what happened agrees with what was predicted.

Both have an error. Two intervals that overlap may still be of different values, and whether one holds the other's estimate
ignores half of the doubt; so the difference of both logarithms is tested, with both errors (Schenker & Gentleman, "On judging
the significance of differences by examining the overlap between confidence intervals", The American Statistician 2001), by a
t test with Welch's and Satterthwaite's degrees of freedom. Several endpoints are a family: Holm's procedure keeps the
probability of any false `disagrees` at 5%.

disagrees      the test finds a difference
cannot tell    it finds none, but the interval of what happened is wider, on the log scale, than the predicted gain itself; or it
               finds one, and there are no controls, so that load or machine may have changed
agrees         neither: both are compatible, and what happened is precise enough to have shown a prediction to be wrong
inconclusive   what happened has no interval: fewer than three days on either side
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special

from perflab.analysis.confirm.days import MIN_DAYS, Estimate, total
from perflab.analysis.stats.families import holm
from perflab.run.records import Effect

Verdict = Literal["agrees", "disagrees", "cannot tell", "inconclusive"]
LEVEL = 0.05
UNCONTROLLED = "it differs from the prediction, but without a control that may be a change of load or machine"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A prediction and what happened.

    Attributes:
        predicted: The prediction.
        seen: What happened.
        verdict: Whether they agree.
        p_value: Of the test of their difference, by itself; None without an interval.
        reason: Why nothing can be told; None if something can.
    """

    predicted: Estimate
    seen: Estimate
    verdict: Verdict
    p_value: float | None = None
    reason: str | None = None


def prediction(effect: Effect) -> Estimate | None:
    """Return an effect as a prediction; None where it has no ratio or no error.

    Args:
        effect: The effect of the run, whose rounds are the unit of its error.
    """
    if effect.ratio is None or effect.ratio <= 0 or effect.rounds < MIN_DAYS or effect.standard_error is None:
        return None
    error = effect.standard_error if effect.scale == "log" else effect.standard_error / effect.ratio
    return Estimate(math.log(effect.ratio), error, float(effect.rounds - 1))


def agreements(pairs: Mapping[str, tuple[Estimate, Estimate]], *, controlled: bool = True) -> dict[str, Agreement]:
    """Return a verdict for each member of a family.

    Args:
        pairs: By name: what was predicted, and what happened.
        controlled: Whether the change of controls was taken out; if not, no difference is put down to the prediction.
    """
    p_values = {name: p_value(*pair) for name, pair in pairs.items()}
    adjusted = holm(np.array([math.nan if p is None else p for p in p_values.values()], dtype=np.float64))
    return {
        name: _agreement(*pair, p_values[name], float(p), controlled)
        for (name, pair), p in zip(pairs.items(), adjusted, strict=True)
    }


def p_value(predicted: Estimate, seen: Estimate) -> float | None:
    """Return the p value of the difference between two logarithms; None where either has no error.

    Args:
        predicted: The prediction.
        seen: What happened.
    """
    difference = total(seen, replace(predicted, log=-predicted.log))
    if not difference.error or difference.freedom is None:
        return None
    return float(2 * special.stdtr(difference.freedom, -abs(difference.log) / difference.error))


def _agreement(predicted: Estimate, seen: Estimate, p: float | None, adjusted: float, controlled: bool) -> Agreement:
    interval = seen.interval()
    if p is None or interval is None:
        return Agreement(predicted, seen, "inconclusive", reason=_too_few(seen))
    if adjusted <= LEVEL:
        if controlled:
            return Agreement(predicted, seen, "disagrees", p)
        return Agreement(predicted, seen, "cannot tell", p, UNCONTROLLED)
    if math.log(interval[1] / interval[0]) > abs(predicted.log):
        reason = "the interval of what was seen is wider than the predicted change itself"
        return Agreement(predicted, seen, "cannot tell", p, reason)
    return Agreement(predicted, seen, "agrees", p)


def _too_few(seen: Estimate) -> str:
    if min(seen.days) < MIN_DAYS:
        return f"an interval needs {MIN_DAYS} days on either side, and there are {seen.days[0]} and {seen.days[1]}"
    return "the days do not differ at all, which measured ones do"


def overall(verdicts: Mapping[str, Verdict]) -> Verdict:
    """Return the verdict of a whole prediction: the worst of what could be decided.

    Args:
        verdicts: The verdict of each member.
    """
    order: tuple[Verdict, ...] = ("disagrees", "agrees", "cannot tell", "inconclusive")
    return next((verdict for verdict in order if verdict in verdicts.values()), "inconclusive")
