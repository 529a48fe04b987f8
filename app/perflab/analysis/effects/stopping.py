"""Enough, and no more: a run that may stop as soon as an interval is as narrow as was asked for.

A look at the estimate itself would be no honest rule: who stops when the gain looks good finds gains. This one looks at
the interval's width alone. Of normal data mean and variance are independent, so that the mean at the stop is as unbiased
as any; what remains is that a run stops a little more often where its variance came out small. Against that it goes on for
one round more, and all intervals of a run that stopped early are made at 97%.

A fixed-width interval: Chow & Robbins, "On the asymptotic theory of fixed-width sequential confidence intervals for the
mean", Annals of Mathematical Statistics 1965. Additional observations keep its coverage: Simons, "On the cost of not
knowing the variance when making a fixed-width confidence interval for the mean", ibid. 1968.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log1p
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.stats.intervals import t_interval
from perflab.analysis.stats.pairs import Floats, Pairs
from perflab.analysis.stats.statistics import mean
from perflab.run.cells import BASELINE, OPTIMISED

# Fewer rounds tell too little of the variance to trust it.
LEAST_TO_STOP = 4
ROUNDS_MORE = 1
CONFIDENCE = 0.95
# At which all intervals of a run that stopped early are made. How often those of normal figures then hold the truth, at the
# worst `within` (100,000 runs; a figure that did not decide moves with it at most as far):
#                            at most 8 rounds     10     20     30
#   at 95%, one round more             93.7%    93.2   92.6   92.6
#           two rounds more            94.2%    93.8   93.4   93.2
#   at 97%, none more                  94.0%    93.8   93.8   94.3
#           one round more             94.7%    94.5   94.5   94.8
AFTER_A_STOP = 0.97


def stopped_early(meta: Mapping[str, Any]) -> bool:
    """Whether the run that this run.json is of ended by its precision, before its last round."""
    return meta.get("stopped_after") is not None


def confidence_of(meta: Mapping[str, Any]) -> float:
    """At which confidence the intervals of a run are made that are to hold the truth in 95% of runs."""
    return AFTER_A_STOP if stopped_early(meta) else CONFIDENCE


def half_width(per_round: Floats, confidence: float = CONFIDENCE) -> float:
    """How far the interval of a mean over rounds reaches to either side; NaN below three rounds."""
    interval = t_interval(per_round[None, :], confidence)
    return float(interval.high[0] - interval.mean[0])


def log_ratios(
    samples: pd.DataFrame | Pairs, metric: str, baseline: str = BASELINE, candidate: str = OPTIMISED
) -> Floats:
    """The log ratio candidate / baseline of the metric's means, a number per round; empty where a cell is missing."""
    pairs = Pairs.of(samples)
    before, after = pairs.column(baseline), pairs.column(candidate)
    if before is None or after is None or not pairs.steps:
        return np.array([])
    values = pairs.values(metric)
    paired = np.isfinite(values[:, before]) & np.isfinite(values[:, after])
    sides = [mean(values[paired, side], pairs.round_of[paired], pairs.rounds) for side in (before, after)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(sides[1] / sides[0])


@dataclass
class FixedWidth:
    """The rule of one run: `enough` is asked after each round, with all samples so far.

    `within` is relative: 0.01 asks for a ratio that is known to 1%.
    """

    metric: str
    within: float
    confidence: float = AFTER_A_STOP
    _narrow_since: int | None = field(default=None, init=False)

    def enough(self, samples: pd.DataFrame | Pairs) -> bool:
        return self.enough_of(log_ratios(samples, self.metric))

    def enough_of(self, per_round: Floats) -> bool:
        """The same of the rounds' log ratios."""
        rounds = len(per_round)
        narrow = rounds >= LEAST_TO_STOP and half_width(per_round, self.confidence) <= log1p(self.within)
        if self._narrow_since is None and narrow:
            self._narrow_since = rounds
        return self._narrow_since is not None and rounds >= self._narrow_since + ROUNDS_MORE
