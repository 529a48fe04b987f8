"""The precision rule: a run may stop as soon as an interval is as narrow as the scenario demands.

Looking at the estimate itself would bias it: stopping when the gain looks good finds gains. This rule looks only at the
interval's width. For normal data mean and variance are independent, so the mean at the stop is unbiased; what remains is that
a run stops a little more often when its variance happens to be small. To compensate, it continues for one more round, and all
intervals of a run that stopped early have a confidence of 97%.

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

# Fewer rounds estimate the variance too poorly.
MIN_ROUNDS_TO_STOP = 4
ADDITIONAL_ROUNDS = 1
CONFIDENCE = 0.95
# The confidence of all intervals of a run that stopped early. The coverage of such intervals for normal data, at the worst
# `within` (100,000 simulated runs; it applies to the deciding figure, and is better for others):
#                            at most 8 rounds     10     20     30
#   at 95%, one round more             93.7%    93.2   92.6   92.6
#           two rounds more            94.2%    93.8   93.4   93.2
#   at 97%, none more                  94.0%    93.8   93.8   94.3
#           one round more             94.7%    94.5   94.5   94.8
AFTER_A_STOP = 0.97


def stopped_early(meta: Mapping[str, Any]) -> bool:
    """Return whether a run ended by its precision, before its last round, by its run.json."""
    return meta.get("stopped_after") is not None


def confidence_of(meta: Mapping[str, Any]) -> float:
    """Return the nominal confidence of a run's intervals that makes their coverage 95%, by its run.json."""
    return AFTER_A_STOP if stopped_early(meta) else CONFIDENCE


def half_width(per_round: Floats, confidence: float = CONFIDENCE) -> float:
    """Return half the width of the t interval of a mean over rounds; NaN below three rounds.

    Args:
        per_round: One value for each round.
        confidence: The confidence of the interval, 0..1.
    """
    interval = t_interval(per_round[None, :], confidence)
    return float(interval.high[0] - interval.mean[0])


def log_ratios(
    samples: pd.DataFrame | Pairs, metric: str, baseline: str = BASELINE, candidate: str = OPTIMISED
) -> Floats:
    """Return the log ratio candidate / baseline of a metric's means, one number per round; empty if a cell is missing.

    Args:
        samples: The run's requests, or these as Pairs.
        metric: A column of the samples.
        baseline: The cell that is compared with.
        candidate: The cell that is compared.
    """
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
    """The precision rule of one run; it is applied after each round, to all samples so far.

    Attributes:
        metric: The column of the samples whose ratio decides.
        within: The relative half-width that is demanded: 0.01 is a ratio known to 1%.
        confidence: The confidence of the interval.
    """

    metric: str
    within: float
    confidence: float = AFTER_A_STOP
    _narrow_since: int | None = field(default=None, init=False)

    def is_met(self, samples: pd.DataFrame | Pairs) -> bool:
        """Return whether the run may stop, by all samples so far."""
        return self.is_met_by(log_ratios(samples, self.metric))

    def is_met_by(self, per_round: Floats) -> bool:
        """Return whether the run may stop, by the log ratio of each round so far."""
        rounds = len(per_round)
        narrow = rounds >= MIN_ROUNDS_TO_STOP and half_width(per_round, self.confidence) <= log1p(self.within)
        if self._narrow_since is None and narrow:
            self._narrow_since = rounds
        return self._narrow_since is not None and rounds >= self._narrow_since + ADDITIONAL_ROUNDS
