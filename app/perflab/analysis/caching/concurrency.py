"""What came of asking at once: how many workers computed the same answer, and which counters lost counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.tables import rows_where

MEANS = {
    "computed": "computed_count", "queries": "query_count_at_once", "queries_alone": "query_count_alone", "spread_s": "spread_s",
}  # fmt: skip


def stampedes(burst: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each endpoint that keeps its answers, from the table `burst`.

    `asked`: how many different requests all `workers` asked at once; the others are means over them: `computed`, the workers
    that computed the answer; `queries` of all together, `queries_alone` of one that asks alone; `spread_s` between the
    first and the last to begin. That several compute is a fact, no fault: few caches keep them from it.
    """
    rows = [
        {
            "endpoint": endpoint,
            "asked": len(group),
            "workers": group["worker_count"].max(),
            **{name: group[column].mean() for name, column in MEANS.items()},
        }
        for endpoint, group in rows_where(burst, kind="stampede").groupby("endpoint", sort=True)
    ]
    found: list[dict[str, Any]] = plain(rows)
    return found


def counters(burst: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each counter: how many counts were `due`, and how many were `lost`. More than are due loses none."""
    mine = rows_where(burst, kind="counter")
    rows = [
        {
            "endpoint": row["endpoint"],
            "key": row["key"],
            "workers": row["worker_count"],
            "due": row["count_due"],
            "lost": max(0, row["count_due"] - row["count_made"]),
        }
        for row in mine.to_dict("records")
    ]
    found: list[dict[str, Any]] = plain(rows)
    return found
