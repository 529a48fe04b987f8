"""Where the time of a request goes with all factors on: the shares of a sampling profile, applied to measured service times.

The profile comes from a stage of its own, which slows requests, and Python's part of them more than the waiting. Therefore only
its shares are used; the time that they are shares of was measured without the profiler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.cells import ALL, OPTIMISED
from perflab.run.tables import PARTS

# How many lines the row of ALL has.
MAX_LINES = 10


def remaining(
    profile: pd.DataFrame, samples: pd.DataFrame, weights: Mapping[str, float] | None = None, cell: str = OPTIMISED
) -> list[dict[str, Any]]:
    """Return a row for ALL, then one for each endpoint that was profiled and measured, by the time that they take.

    Args:
        profile: The sampling profile of the checks.
        samples: The run's requests.
        weights: The endpoints' weights in the scenario; None weighs them by their measured requests.
        cell: The cell that was profiled, with everything on.

    Returns:
        Rows with `service_s`, the mean of the cell's `n` measured requests in seconds; `parts` with `share` and `seconds` (of a
        request) by part; `lines`, the project's heaviest lines, each with `endpoint`, `source` and `seconds`; `slowed`, the ratio
        of the time under the profiler. `covered` is the share of the time of all requests that the endpoints of ALL take. Empty
        if nothing was profiled.
    """
    measured = _measured(samples, cell)
    rows = [
        _endpoint(str(endpoint), group, measured[str(endpoint)])
        for endpoint, group in profile.groupby("endpoint", sort=True)
        if str(endpoint) in measured and group["seconds"].sum() > 0
    ]
    if not rows:
        return []
    of = {name: float(n) for name, (_, n) in measured.items()}
    if weights is not None and set(measured) <= set(weights) and all(weights[row["endpoint"]] > 0 for row in rows):
        of = {name: weights[name] for name in measured}
    rows.sort(key=lambda row: -of[row["endpoint"]] * row["service_s"])
    whole = sum(of[name] * mean for name, (mean, _) in measured.items())
    result: list[dict[str, Any]] = plain([_all(rows, of, whole), *rows])
    return result


def _measured(samples: pd.DataFrame, cell: str) -> dict[str, tuple[float, int]]:
    """Return the mean service time of a cell by endpoint, and the number of measured requests."""
    wanted = (samples["cell"] == cell) & (samples["phase"] == "measured") & samples["error"].isna()
    times = samples.loc[wanted.to_numpy(bool, na_value=False), ["endpoint", "latency_s"]].dropna()
    means = times.groupby("endpoint", observed=True)["latency_s"].agg(["mean", "size"])
    return {str(name): (float(mean), int(n)) for name, mean, n in means.itertuples()}


def _endpoint(endpoint: str, profile: pd.DataFrame, measured: tuple[float, int]) -> dict[str, Any]:
    service_s, n = measured
    parts = profile[profile["source"].isna().to_numpy(bool)]
    lines = profile[profile["source"].notna().to_numpy(bool)]
    shares = dict(zip(parts["part"], parts["time_share"], strict=True))
    requests = int(profile["request_count"].iloc[0])
    return {
        "endpoint": endpoint,
        "n": n,
        "service_s": service_s,
        "requests": requests,
        "samples": int(parts["sample_count"].sum()),
        "slowed": parts["seconds"].sum() / requests / service_s,
        "parts": {
            part: {"share": shares.get(part, 0.0), "seconds": shares.get(part, 0.0) * service_s} for part in PARTS
        },
        "lines": [
            {"endpoint": endpoint, "source": source, "seconds": share * service_s}
            for source, share in zip(lines["source"], lines["time_share"], strict=True)
        ],
    }


def _all(rows: Sequence[Mapping[str, Any]], weights: Mapping[str, float], whole_s: float) -> dict[str, Any]:
    """Return the mean request of these endpoints; `whole_s` is the time of all endpoints, by the same weights."""
    weight = {row["endpoint"]: weights[row["endpoint"]] for row in rows}
    total = sum(weight.values())
    share = {name: of_endpoint / total for name, of_endpoint in weight.items()}
    service_s = sum(share[row["endpoint"]] * row["service_s"] for row in rows)
    seconds = {part: sum(share[row["endpoint"]] * row["parts"][part]["seconds"] for row in rows) for part in PARTS}
    lines = [{**line, "seconds": line["seconds"] * share[row["endpoint"]]} for row in rows for line in row["lines"]]
    slowed = sum(share[row["endpoint"]] * row["slowed"] * row["service_s"] for row in rows)
    return {
        "endpoint": ALL,
        "n": sum(row["n"] for row in rows),
        "service_s": service_s,
        "requests": sum(row["requests"] for row in rows),
        "samples": sum(row["samples"] for row in rows),
        "slowed": slowed / service_s,
        "covered": total * service_s / whole_s,
        "parts": {part: {"share": seconds[part] / service_s, "seconds": seconds[part]} for part in PARTS},
        "lines": sorted(lines, key=lambda line: -line["seconds"])[:MAX_LINES],
    }
