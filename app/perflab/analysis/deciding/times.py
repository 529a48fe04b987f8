"""When a duel may stop before its minutes are over: both revisions' times are known well enough, so that more rounds add little.

What has to be known is the time of a typical request and the CPU time, over all requests, to WITHIN margins: then the intervals
of identical code seldom reach beyond the margin. Each endpoint with SHARE of the traffic has to be known to OF_AN_ENDPOINT
margins, so that a change of 10% there is seen. Only widths are looked at, never estimates: stopping favours no verdict
(stopping.py says what it costs; `make selftest ARGS=revisions` counts verdicts).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import special

from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.stopping import ADDITIONAL_ROUNDS, AFTER_A_STOP, MIN_ROUNDS_TO_STOP
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from perflab.run.metrics import CPU, PAIRED_MEDIAN

WITHIN, OF_AN_ENDPOINT, SHARE = 0.4, 2.0, 0.05
SERVICE_TIME, APPLICATION = "latency_s", "app_cpu_s"


@dataclass
class PreciseTimes:
    """The rule of one duel; it is applied after each round, to all samples so far.

    Attributes:
        margin: The smallest relative change that matters.
    """

    margin: float
    _narrow_since: int | None = field(default=None, init=False)

    def is_met(self, pairs: Pairs) -> bool:
        """Tell whether the duel may stop. 60 rounds of 31 endpoints take 0.3 s.

        Args:
            pairs: The samples of all rounds so far, with the weights of their endpoints.
        """
        rounds = int(pairs.of_steps("round").nunique())
        if self._narrow_since is None and rounds >= MIN_ROUNDS_TO_STOP and is_narrow(pairs, self.margin):
            self._narrow_since = rounds
        return self._narrow_since is not None and rounds >= self._narrow_since + ADDITIONAL_ROUNDS


def is_narrow(pairs: Pairs, margin: float) -> bool:
    """Tell whether the intervals are narrow enough.

    Args:
        pairs: The samples so far, with the weights of their endpoints.
        margin: The smallest relative change that matters.
    """
    weights = pairs.weights or {}
    whole = sum(weights.values())
    limits = {name: OF_AN_ENDPOINT for name, weight in weights.items() if weight >= SHARE * whole > 0} | {ALL: WITHIN}
    typical = _half_widths(pairs, SERVICE_TIME, PAIRED_MEDIAN)
    if any(not typical.get(name, np.inf) <= np.log1p(limit * margin) for name, limit in limits.items()):
        return False
    measured = [
        _half_widths(pairs, name, "mean").get(ALL, np.nan) for name in (CPU, APPLICATION) if pairs.measures(name)
    ]
    widths = [
        width for width in measured if np.isfinite(width)
    ]  # of a part, where the whole is unknown, as of SQLite's
    return not measured or (bool(widths) and bool(widths[0] <= np.log1p(WITHIN * margin)))


def _half_widths(pairs: Pairs, metric: str, statistic: str) -> dict[str, float]:
    """Return half the width of each log ratio's interval, by endpoint; NaN where there is none."""
    table = compare(pairs, metric, BASELINE, OPTIMISED, "endpoint", statistic)
    quantiles = special.stdtrit(table["rounds"].to_numpy(float) - 1, 0.5 + AFTER_A_STOP / 2)
    return dict(zip(table["endpoint"], table["standard_error"].to_numpy(float) * quantiles, strict=True))
