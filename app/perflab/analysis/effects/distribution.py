"""The distribution of service times: quantiles of single requests, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.scope import names_in_scope
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED

COLUMNS = ("cell", "share", "latency_s", "n")
METRIC = "latency_s"
# Closer together towards the slowest requests, where the curve is flat.
SHARES = np.unique(np.concatenate([np.linspace(0, 1, 101), np.linspace(0.95, 1, 51)]).round(3))


@dataclass(frozen=True)
class Distribution:
    """Quantiles of service time of both cells.

    Attributes:
        quantiles: One row per (cell, share): that share of the `n` requests took `latency_s` seconds or less.
        scope: The scope of the claim on service time, and of the curves; None without one.
        target_s: The mean that the claim demands, in seconds.
        met: The share of all_on's requests within it.
    """

    quantiles: pd.DataFrame
    scope: str | None = None
    target_s: float | None = None
    met: float | None = None


def distribution(
    samples: pd.DataFrame | Pairs,
    scenario: Mapping[str, Any],
    scope: str | None = None,
    target_s: float | None = None,
) -> Distribution:
    """Return the distribution over the measured requests that failed in neither cell, the same ones in both.

    Args:
        samples: The run's requests, or these as Pairs.
        scenario: The scenario as run.json keeps it.
        scope: The scope of endpoints; None for all.
        target_s: The mean that a claim demands, in seconds.
    """
    pairs = Pairs.of(samples, endpoints=names_in_scope(scenario, scope))
    nothing = Distribution(pd.DataFrame(columns=list(COLUMNS)), scope, target_s)
    off, on = pairs.column(BASELINE), pairs.column(OPTIMISED)
    if off is None or on is None or not pairs.measures(METRIC):
        return nothing
    times = pairs.values(METRIC)[:, [off, on]]
    times = times[np.isfinite(times).all(axis=1)]
    if not len(times):
        return nothing
    parts = [
        pd.DataFrame({"cell": cell, "share": SHARES, METRIC: np.quantile(times[:, column], SHARES), "n": len(times)})
        for column, cell in enumerate((BASELINE, OPTIMISED))
    ]
    met = None if target_s is None else float((times[:, 1] <= target_s).mean())
    return Distribution(pd.concat(parts, ignore_index=True), scope, target_s, met)
