"""How earlier predictions came out: how many agreed, how many were inside their interval, how far off they were on average."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from perflab.analysis.stats.intervals import ShareInterval, share_interval, t_interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """How predictions came out.

    Attributes:
        deployments: How many deployments there are; the predictions of one depend on each other.
        verdicts: How many predictions have each verdict.
        inside: The share of observed ratios that lie inside the predicted interval; None without any.
        deviation: The mean of observed / predicted, by logarithms; None without any.
        low: The lower end of its t interval over deployments; None below three.
        high: The upper end.
    """

    deployments: int
    verdicts: Mapping[str, int]
    inside: ShareInterval | None
    deviation: float | None
    low: float | None
    high: float | None

    @property
    def predictions(self) -> int:
        """The number of predictions."""
        return sum(self.verdicts.values())


def calibration(records: Sequence[Mapping[str, Any]]) -> Calibration:
    """Return how predictions came out. The unit is the deployment: its endpoints share days and code.

    An interval of the share is that of cluster sampling, and at least the exact binomial one, see `share_interval`. The
    observed ratios have errors of their own: fewer than 95% of them lie inside the predicted intervals even if all
    predictions are right.

    Args:
        records: The lines of the ledger.
    """
    verdicts: dict[str, int] = {}
    inside, trials, deviations = [], [], []
    for record in records:
        rows = [row for row in record.get("rows") or () if isinstance(row, Mapping)]
        for row in rows:
            verdict = str(row.get("verdict"))
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
        decided = [row for row in rows if row.get("verdict") in ("agrees", "disagrees", "cannot tell")]
        full = [row for row in decided if all(_is_ratio(row.get(name)) for name in ("predicted", "seen"))]
        with_ends = [row for row in full if all(_is_ratio(row.get(f"predicted_{end}")) for end in ("low", "high"))]
        inside.append(sum(row["predicted_low"] <= row["seen"] <= row["predicted_high"] for row in with_ends))
        trials.append(len(with_ends))
        if full:
            deviations.append(math.fsum(math.log(row["seen"] / row["predicted"]) for row in full) / len(full))
    share = share_interval(np.array(inside, dtype=np.float64), np.array(trials, dtype=np.float64))
    if not deviations:
        return Calibration(len(records), verdicts, share, None, None, None)
    interval = t_interval(np.array([deviations], dtype=np.float64))
    low, high = float(interval.low[0]), float(interval.high[0])
    ends = (
        [math.exp(low), math.exp(high)] if low < high else [None, None]
    )  # deployments that agree by chance are no certainty
    return Calibration(len(records), verdicts, share, math.exp(float(interval.mean[0])), *ends)


def _is_ratio(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
