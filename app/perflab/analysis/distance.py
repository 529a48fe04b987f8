"""Service times with the servers farther away, from what was measured and the number of round trips."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.tables import rows_where

ROUND_TRIPS_S = (0.0, 0.0005, 0.001)
# Each is one question and its answer; what is counted elsewhere as a hit or a miss is one get.
TRIPS = ("query_count", "cache_hits", "cache_misses", "cache_sets", "cache_deletes")


def projected(samples: pd.DataFrame) -> list[dict[str, float]]:
    """For each of ROUND_TRIPS_S: mean service time of all_off and all_on over their measured requests that were answered, plus so
    much for each query and cache operation. [] where a cell is missing or a number is unknown.
    """
    needed = {"latency_s", *TRIPS}
    if not needed <= set(samples.columns):
        return []
    measured = samples[(samples["phase"] == "measured").to_numpy(bool) & samples["error"].isna().to_numpy(bool)]
    found: dict[str, dict[str, float]] = {}
    for name, cell in (("before", BASELINE), ("after", OPTIMISED)):
        mine = rows_where(measured, cell=cell)
        if not len(mine) or mine[list(needed)].isna().any(axis=None):
            return []
        trips: Any = sum(mine[column].mean() for column in TRIPS)
        found[name] = {"latency_s": float(mine["latency_s"].mean()), "trips": float(trips)}
    return [
        {
            "round_trip_s": away,
            **{f"{name}_s": one["latency_s"] + away * one["trips"] for name, one in found.items()},
            **{f"{name}_trips": one["trips"] for name, one in found.items()},
        }
        for away in ROUND_TRIPS_S
    ]
