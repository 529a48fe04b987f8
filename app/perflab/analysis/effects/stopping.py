"""When a run may stop before its last round, and what that does to its intervals.

The precision rule: a run may stop as soon as an interval is as narrow as the scenario demands.

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
from perflab.analysis.stats.levels import Counted, Strata
from perflab.analysis.stats.pairs import Floats, Pairs
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.scenario import stops_by_times

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
# A run that stops once its claims are decided (deciding/claims.py) looks at its estimates after each round from the fourth on.
# The confidence of all of its intervals, by the most rounds that it may have. Where the truth is the bound, the worst case, these
# cover in 95.1, 95.5, 95.3 and 95.7% (60,000 simulated runs of normal data, each number of rounds), those of more rounds in
# 97% up to 100 rounds (20,000).
OF_LOOKS = {8: 0.982, 12: 0.989, 20: 0.992, 40: 0.995}
OF_MORE_LOOKS = 0.998


def stopped_early(meta: Mapping[str, Any]) -> bool:
    """Return whether a run ended by its precision or by its decisions, before its last round, by its run.json."""
    return meta.get("stopped_after") is not None


def confidence_of(meta: Mapping[str, Any]) -> float:
    """Return the nominal confidence of a run's intervals that makes their coverage 95%, by its run.json."""
    if (rounds := rounds_to_decide(meta)) is not None:
        return next((confidence for most, confidence in OF_LOOKS.items() if rounds <= most), OF_MORE_LOOKS)
    return AFTER_A_STOP if stopped_early(meta) else CONFIDENCE


def rounds_to_decide(meta: Mapping[str, Any]) -> int | None:
    """Return how many rounds a run may have that stops once its claims are decided; None of any other run."""
    if stops_by_times(meta.get("scenario") or {}):
        return None
    profiles = (meta.get("scenario") or {}).get("profiles") or {}
    profile = profiles.get((meta.get("parameters") or {}).get("profile")) or {}
    return int(profile["rounds"]) if profile.get("decide") else None


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
    """Return what each round says of the log ratio candidate / baseline: the jackknife's pseudo-values.

    Their t interval has the width of the page's (ratios.py), before what that allows for few requests: the levels are weighted by
    endpoint where the samples' Pairs have weights. Empty if a cell is missing, or if there is no ratio without some round.

    Args:
        samples: The run's requests, or these as Pairs.
        metric: A column of the samples.
        baseline: The cell that is compared with.
        candidate: The cell that is compared.
    """
    pairs = Pairs.of(samples)
    places = [pairs.column(cell) for cell in (baseline, candidate)]
    columns = [place for place in places if place is not None]
    if len(columns) < len(places) or not pairs.steps:
        return np.array([])
    values = pairs.values(metric)[:, np.array(columns)]
    paired = np.asarray(np.isfinite(values).all(axis=1), dtype=bool)
    counted = Counted.of(Strata.of(pairs, pairs.groups(())), pairs.round_of, paired)
    before, after = (counted.levels(side) for side in values.T)
    present = before.present[0]
    rounds = int(present.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.log(after.level[0] / before.level[0])
        without = np.log(after.without[0, present] / before.without[0, present])
        pseudo_values = rounds * whole - (rounds - 1) * without
    return np.asarray(pseudo_values if np.isfinite(pseudo_values).all() else [], dtype=np.float64)


@dataclass
class FixedWidth:
    """The precision rule of one run; it is applied after each round, to all samples so far.

    Attributes:
        metric: The column of the samples whose ratio decides.
        within: The relative half-width that is demanded: 0.01 is a ratio known to 1%.
        confidence: The confidence of the interval.
        weights: The endpoints' weights in the scenario, by which the page's ratio is weighted; None without.
    """

    metric: str
    within: float
    confidence: float = AFTER_A_STOP
    weights: Mapping[str, float] | None = None
    _narrow_since: int | None = field(default=None, init=False)

    def is_met(self, samples: pd.DataFrame | Pairs) -> bool:
        """Return whether the run may stop, by all samples so far."""
        return self.is_met_by(log_ratios(Pairs.of(samples, weights=self.weights), self.metric))

    def is_met_by(self, per_round: Floats) -> bool:
        """Return whether the run may stop, by what each round so far says of the log ratio."""
        rounds = len(per_round)
        narrow = rounds >= MIN_ROUNDS_TO_STOP and half_width(per_round, self.confidence) <= log1p(self.within)
        if self._narrow_since is None and narrow:
            self._narrow_since = rounds
        return self._narrow_since is not None and rounds >= self._narrow_since + ADDITIONAL_ROUNDS
