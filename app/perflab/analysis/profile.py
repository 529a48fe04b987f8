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


def remaining(profile: pd.DataFrame, samples: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for ALL, then one for each endpoint that was profiled and measured, by the time that they take.

    Args:
        profile: The sampling profile of the checks.
        samples: The run's requests.

    Returns:
        Rows with `service_s`, the mean of all_on's `n` measured requests in seconds; `parts` with `share` and `seconds` (of a
        request) by part; `lines`, the project's heaviest lines, each with `endpoint`, `source` and `seconds`; `slowed`, the ratio
        of the time under the profiler. ALL weighs endpoints by their measured requests; `covered` is the share of all measured
        time that its endpoints take. Empty if nothing was profiled.
    """
    measured = _measured(samples)
    rows = [
        _endpoint(str(endpoint), group, measured[str(endpoint)])
        for endpoint, group in profile.groupby("endpoint", sort=True)
        if str(endpoint) in measured and group["seconds"].sum() > 0
    ]
    if not rows:
        return []
    rows.sort(key=lambda row: -row["n"] * row["service_s"])
    whole = sum(n * mean for mean, n in measured.values())
    result: list[dict[str, Any]] = plain([_all(rows, whole), *rows])
    return result


def _measured(samples: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Return the mean service time of all_on by endpoint, and the number of measured requests."""
    wanted = (samples["cell"] == OPTIMISED) & (samples["phase"] == "measured") & samples["error"].isna()
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


def _all(rows: Sequence[Mapping[str, Any]], whole_s: float) -> dict[str, Any]:
    """Return the mean request of these endpoints; `whole_s` is the measured time of all endpoints."""
    n = sum(row["n"] for row in rows)
    service_s = sum(row["n"] * row["service_s"] for row in rows) / n
    seconds = {part: sum(row["n"] * row["parts"][part]["seconds"] for row in rows) / n for part in PARTS}
    lines = [{**line, "seconds": line["seconds"] * row["n"] / n} for row in rows for line in row["lines"]]
    return {
        "endpoint": ALL,
        "n": n,
        "service_s": service_s,
        "requests": sum(row["requests"] for row in rows),
        "samples": sum(row["samples"] for row in rows),
        "slowed": sum(row["n"] * row["slowed"] * row["service_s"] for row in rows) / n / service_s,
        "covered": n * service_s / whole_s,
        "parts": {part: {"share": seconds[part] / service_s, "seconds": seconds[part]} for part in PARTS},
        "lines": sorted(lines, key=lambda line: -line["seconds"])[:MAX_LINES],
    }
