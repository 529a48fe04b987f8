"""The means of each cell: the plain table behind most figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perflab.analysis.stats.levels import Counted, Strata
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import ALL
from perflab.run.metrics import EFFECT_METRICS

CELL_COLUMNS = ("endpoint", "cell", "metric", "mean", "n")


def cell_means(samples: pd.DataFrame | Pairs, metrics: Sequence[str] = EFFECT_METRICS) -> pd.DataFrame:
    """Return the mean of each metric per endpoint (and ALL) and cell, over the measured requests that did not fail.

    Args:
        samples: The run's requests, or these as Pairs.
        metrics: Columns of the samples.

    Returns:
        One row per (endpoint or ALL, cell, metric), in the metric's unit; NaN with an `n` of 0 where it is unknown.
    """
    pairs = Pairs.of(samples)
    wanted = [m for m in metrics if pairs.measures(m)]
    parts = []
    for groups in (pairs.groups(()), pairs.groups(("endpoint",))):
        if not len(groups):
            continue
        strata = Strata.of(pairs, groups)
        labels = groups.labels["endpoint"].astype(str) if "endpoint" in groups.labels else [ALL]
        for metric in wanted:
            values = pairs.values(metric)
            for index, cell in enumerate(pairs.cells):
                counted = Counted.of(strata, pairs.round_of, np.isfinite(values[:, index]))
                parts.append(
                    pd.DataFrame(
                        {
                            "endpoint": list(labels),
                            "cell": cell,
                            "metric": metric,
                            "mean": counted.levels(values[:, index]).level,
                            "n": counted.n,
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CELL_COLUMNS))
