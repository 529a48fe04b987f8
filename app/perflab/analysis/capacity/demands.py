"""What each request of a load test demanded: its service time on a core, without the queue.

The server's thread tells its own CPU time. What the database, the cache and the server itself spent on a request is its share of
what they spent in the window: by the request's own CPU time, and by what the replay measured of its endpoint's parts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.run.tables import rows_where

Floats = npt.NDArray[np.float64]
CPU = ("app_cpu_s", "db_cpu_s", "cache_cpu_s")


def with_demands(windows: pd.DataFrame, requests: pd.DataFrame, samples: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the requests of a load test with `demand_s`; NaN where the CPU time of a window is unknown.

    Args:
        windows: The windows.
        requests: Their requests.
        samples: The measured samples of the replay; None where there is none.
    """
    requests = requests.copy()
    shares = _shares(samples)
    own = requests["served_cpu_s"].to_numpy(np.float64, na_value=np.nan)
    keys = zip(requests["cell"].astype(str), requests["endpoint"].astype(str), strict=True)
    endpoint_shares = [shares.get(key, (1.0, np.nan)) for key in keys]
    ratio, replayed = (np.array([pair[n] for pair in endpoint_shares], dtype=np.float64) for n in (0, 1))
    weight = np.where(np.isfinite(own), own * ratio, replayed)
    requests["weight"] = weight
    weights = requests.groupby(["cell", "round", "window"])["weight"].sum()
    cpu_s = windows[list(CPU)].astype("float64").sum(axis=1, min_count=1)
    total = cpu_s.groupby([windows[name] for name in ("cell", "round", "window")]).sum(min_count=1)
    factor = (total / weights.where(weights > 0)).rename("factor")
    merged = requests.merge(factor.reset_index(), on=["cell", "round", "window"], how="left")
    requests["demand_s"] = merged["weight"].to_numpy() * merged["factor"].to_numpy()
    return requests.drop(columns="weight")


def _shares(samples: pd.DataFrame | None) -> Mapping[tuple[str, str], tuple[float, float]]:
    """Return, for each (cell, endpoint) of the replay, all CPU / the application's, and all CPU in seconds."""
    if samples is None or not len(samples):
        return {}
    measured = rows_where(samples, phase="measured")
    means = measured.groupby(["cell", "endpoint"], observed=True)[list(CPU)].mean()
    every = means.sum(axis=1)
    ratio = every / means["app_cpu_s"]
    return {
        (str(cell), str(endpoint)): (float(ratio[cell, endpoint]), float(every[cell, endpoint]))
        for cell, endpoint in means.index
        if np.isfinite(ratio[cell, endpoint])
    }
