"""What became of the requests of a load test: late, failed, or sent too late by the generator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

# A generator that begins so late with its requests measures itself.
MAX_LAG_S, LAG_QUANTILE = 0.005, 0.99


def is_late(requests: pd.DataFrame, within_s: float) -> npt.NDArray[np.bool_]:
    """Tell of each request whether it failed, or its response came later than the objective says.

    Args:
        requests: The requests.
        within_s: The time of the objective, from the intended time to the last byte.
    """
    took = (requests["last_byte_s"] - requests["intended_s"]).to_numpy(np.float64, na_value=np.nan)
    return np.asarray(has_failed(requests) | ~(took <= within_s), dtype=bool)


def has_failed(requests: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell of each request whether there was no response, or a status of 500 or above."""
    status = requests["status"].to_numpy(np.float64, na_value=np.nan)
    return np.asarray(~(status < 500), dtype=bool)


def as_replayed(requests: pd.DataFrame, samples: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell of each request whether the replay ever saw its status from this endpoint in this cell.

    A login that does not carry over makes a server look fast: it redirects, or refuses, without doing its work. A request
    without a response, and one of an endpoint that the replay has no status of, are not told apart here and count as seen.

    Args:
        requests: The requests.
        samples: The samples of the replay, checks included.
    """
    if not len(samples):
        return np.ones(len(requests), dtype=bool)
    names = ["cell", "endpoint", "status"]
    seen = {
        tuple(row)
        for row in samples[names].dropna().astype({"cell": str, "endpoint": str}).drop_duplicates().to_numpy()
    }
    endpoints = {place[:2] for place in seen}
    rows = requests[names].astype({"cell": str, "endpoint": str}).to_numpy()
    return np.array(
        [pd.isna(row[2]) or tuple(row[:2]) not in endpoints or tuple(row) in seen for row in rows], dtype=bool
    )


def lags(requests: pd.DataFrame) -> pd.Series:
    """Return by how much the generator lagged in each (round, cell, window): the 99th percentile of sent - intended."""
    lag = (requests["sent_s"] - requests["intended_s"]).astype("float64")
    keys = [requests[name] for name in ("round", "cell", "window")]
    return lag.groupby(keys).quantile(LAG_QUANTILE)
