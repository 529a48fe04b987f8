"""A prediction for requests as production mixes them, from the effects of single endpoints."""

from __future__ import annotations

import math
from collections.abc import Mapping

from perflab.analysis.confirm.days import Estimate
from perflab.run.records import Effect


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
