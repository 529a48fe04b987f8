"""The concurrency probe: how many workers computed the same response at once, and which counters lost counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.tables import rows_where

MEANS = {
    "computed": "computed_count", "queries": "query_count_at_once", "queries_alone": "query_count_alone", "spread_s": "spread_s",
}  # fmt: skip


def stampedes(probe: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each endpoint that caches its responses.

    That several workers compute a response is a fact, not a fault: few caches prevent it.

    Args:
        probe: The table `burst` of a run.

    Returns:
        Rows with `asked`, how many different requests all `workers` sent at once, and means over these: `computed`, the workers
        that computed the response; `queries` of all together, `queries_alone` of a single request; `spread_s`, the seconds
        between the first and the last to begin.
    """
    rows: list[dict[str, Any]] = [
        {
            "endpoint": endpoint,
            "asked": len(group),
            "workers": group["worker_count"].max(),
            **{name: group[column].mean() for name, column in MEANS.items()},
        }
        for endpoint, group in rows_where(probe, kind="stampede").groupby("endpoint", sort=True)
    ]
    stampede_rows: list[dict[str, Any]] = plain(rows)
    return stampede_rows


def counters(probe: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each counter: how many counts were `due`, and how many were `lost`; an excess counts as none lost.

    Args:
        probe: The table `burst` of a run.
    """
    rows = [
        {
            "endpoint": row["endpoint"],
            "key": row["key"],
            "workers": row["worker_count"],
            "due": row["count_due"],
            "lost": max(0, row["count_due"] - row["count_made"]),
        }
        for row in rows_where(probe, kind="counter").to_dict("records")
    ]
    counter_rows: list[dict[str, Any]] = plain(rows)
    return counter_rows
