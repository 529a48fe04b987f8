"""The concurrency probe: how many workers computed the same response at once, which counters lost counts, who waited for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.records import Finding
from perflab.run.tables import rows_where
from perflab.units import seconds

# How much longer a request has to take while another one is held up, as a share of that time.
WAITED_SHARE = 0.25
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


def serialised(probe: pd.DataFrame, factors: Sequence[str]) -> Iterator[Finding]:
    """Yield `serialised` for each endpoint one of whose responses is computed only after another one is.

    Args:
        probe: The table `burst` of a run.
        factors: The factors that switch caches.
    """
    for row in rows_where(probe, kind="serial").to_dict("records"):
        held_s, alone_s, waited_s = (float(row[name]) for name in ("held_s", "alone_s", "waited_s"))
        if waited_s >= WAITED_SHARE * held_s:
            yield Finding(
                "serialised",
                "warning",
                f"{row['endpoint']} computes one response at a time, whatever it is of: {row['path']} takes "
                f"{seconds(alone_s)} by itself, and {seconds(alone_s + waited_s)} while another worker is held up with "
                f"{row['key']}.",
                endpoint=str(row["endpoint"]),
                method=str(row["method"]),
                factors=factors,
                example=plain({name: row[name] for name in ("path", "user", "key", "held_s", "alone_s", "waited_s")}),
            )
