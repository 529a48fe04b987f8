"""The network-latency projection: service times with servers farther away, by the number of round trips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from perflab.run.cells import BASELINE, OPTIMISED

ROUND_TRIPS_S = (0.0, 0.0005, 0.001)
# Each costs a round trip; a hit or a miss is one get.
TRIPS = ("query_count", "cache_hits", "cache_misses", "cache_sets", "cache_deletes")


def projected(samples: pd.DataFrame, weights: Mapping[str, float] | None = None) -> list[dict[str, float]]:
    """Return the mean service time of all_off and all_on, in seconds, with ROUND_TRIPS_S for each query and cache operation.

    Args:
        samples: The run's requests, of which the measured ones without an error count.
        weights: The endpoints' weights in the scenario; None leaves the requests as they came.

    Returns:
        A row for each round trip: `round_trip_s`, `before_s`, `after_s`, `before_trips` and `after_trips` per request. Empty if a
        cell is missing or a number is unknown.
    """
    needed = {"latency_s", *TRIPS}
    if not needed <= set(samples.columns):
        return []
    measured = samples[(samples["phase"] == "measured").to_numpy(bool) & samples["error"].isna().to_numpy(bool)]
    means: dict[str, dict[str, float]] = {}
    for name, cell in (("before", BASELINE), ("after", OPTIMISED)):
        own = measured[(measured["cell"] == cell).to_numpy(bool)]
        if not len(own) or own[list(needed)].isna().any(axis=None):
            return []
        trips = sum(_mean(own, column, weights) for column in TRIPS)
        means[name] = {"latency_s": _mean(own, "latency_s", weights), "trips": trips}
    return [
        {
            "round_trip_s": trip_s,
            **{f"{name}_s": cell["latency_s"] + trip_s * cell["trips"] for name, cell in means.items()},
            **{f"{name}_trips": cell["trips"] for name, cell in means.items()},
        }
        for trip_s in ROUND_TRIPS_S
    ]


def _mean(requests: pd.DataFrame, column: str, weights: Mapping[str, float] | None) -> float:
    """Return the mean of a column: that of the endpoints' means, by their weights, where these are known."""
    values = requests[column].astype("float64")
    if weights is None or not set(requests["endpoint"]) <= set(weights):
        return float(values.mean())
    of_endpoints: Any = values.groupby(requests["endpoint"].astype(str)).mean()
    of = of_endpoints.index.map(weights).to_numpy(float)
    return float((of_endpoints.to_numpy(float) * of).sum() / of.sum())
