"""A prediction for production's own mix, from the effects of single endpoints.

A run's effect over all requests rests on how long its endpoints take beside each other in the run. With production's data and
machine that is another relation, so that the mean changes by another ratio even where each endpoint does what was predicted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from perflab.analysis.confirm.agreement import prediction
from perflab.analysis.confirm.days import Estimate
from perflab.run.cells import ALL
from perflab.run.records import Effect


def of_time(effects: Mapping[str, Effect], seconds: Mapping[str, float]) -> Effect | None:
    """Return the predicted effect on the time of several endpoints together; None where a part of it is unknown.

    The ratio is the mean of the endpoints' ratios, weighted by the time that each took. Its error follows from theirs by the
    delta method, as if these were independent.

    Args:
        effects: The effect on each endpoint.
        seconds: How much time each endpoint took before, all requests together.
    """
    whole = math.fsum(seconds.values()) or 1.0
    parts = [
        (share / whole, effects[name], prediction(effects[name])) for name, share in seconds.items() if name in effects
    ]
    if len(parts) < len(seconds) or not parts:
        return None
    ratio = variance = 0.0
    for share, _, predicted in parts:
        if predicted is None or predicted.error is None:
            return None
        ratio, variance = ratio + share * predicted.ratio, variance + (share * predicted.ratio * predicted.error) ** 2
    rounds = min(effect.rounds for _, effect, _ in parts)
    made = Estimate(math.log(ratio), math.sqrt(variance) / ratio, float(rounds - 1))
    low, high = made.interval() or (None, None)
    return replace(
        parts[0][1], endpoint=ALL, before=None, after=None, difference=None, ratio=ratio, low=low, high=high, rounds=rounds,
        n=sum(effect.n for _, effect, _ in parts), standard_error=made.error, scale="log", verdict="inconclusive", note=None,
    )  # fmt: skip


def of_mix(effects: Mapping[str, Effect], shares: Mapping[str, float]) -> Estimate | None:
    """Return the predicted ratio of a mean over a mix of endpoints; None where a part of it is unknown.

    The ratio is that of the levels, weighted by the shares. Its error follows from the endpoints' by the delta method (Cochran,
    "Sampling Techniques", 1977, 6.3), as if these were independent.

    Args:
        effects: The effect on each endpoint, by a mean.
        shares: How many requests each endpoint has; one without any needs no effect.
    """
    before = after = variance = 0.0
    parts, rounds = [], []
    for name, share in shares.items():
        effect = effects.get(name)
        if not share:
            continue
        if effect is None or effect.before is None or effect.after is None:
            return None
        before, after = before + share * effect.before, after + share * effect.after
        rounds.append(effect.rounds)
        if effect.after:
            if effect.standard_error is None or effect.ratio is None:
                return None
            error = effect.standard_error / (1.0 if effect.scale == "log" else effect.ratio)
            parts.append((share * effect.after, error))
    if not before or not after or min(rounds) < 2:
        return None
    variance = math.fsum((level / after * error) ** 2 for level, error in parts)
    return Estimate(math.log(after / before), math.sqrt(variance), float(min(rounds) - 1))
