"""What the times would be with the servers farther away: projected, for on one machine a query too many looks cheap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.analysis.network_latency import ROUND_TRIPS_S, projected
from perflab.report import sentences
from perflab.report.html import Column, Section, element, section, table
from perflab.run.cells import ALL
from perflab.run.store import Run

Summary = Mapping[str, Any]
HEADING = "With the database and the cache farther away (projected)"
NOTE = (
    "Projected, not measured: mean service time over all requests, plus a round trip for each query and for each operation on "
    "the cache. Queries that are sent together, and connections that have to be made first, are not in it."
)


def distance(summary: Summary, run: Run) -> Section:
    """Before and after, for servers on this machine and for some round trips."""
    rows = projected(run.samples)
    if not rows:
        lead = "Nothing can be projected: queries or service times are unknown."
        return section("distance", HEADING, element("p", lead), text=lead)
    columns = [
        Column("Round trip"),
        Column("Before", True),
        Column("After", True),
        Column("After against before", True),
    ]
    shown = [
        [
            f"{row['round_trip_s'] * 1e3:g} ms" if row["round_trip_s"] else "0, as measured",
            units.seconds(row["before_s"]),
            units.seconds(row["after_s"]),
            sentences.relative(_ratio(summary, row)),
        ]
        for row in rows
    ]
    near, far = rows[0], rows[-1]
    lead = (
        f"A request takes {units.count(round(near['before_trips'], 1))} round trips before and "
        f"{units.count(round(near['after_trips'], 1))} after. With the servers {ROUND_TRIPS_S[-1] * 1e3:g} ms away it would take "
        f"{units.seconds(far['before_s'])} before and {units.seconds(far['after_s'])} after."
    )
    return section(
        "distance", HEADING, element("p", lead), table("Projected service times", columns, shown),
        element("p", NOTE, class_="note"), text="\n".join([lead, *(" · ".join(map(str, row)) for row in shown)]),
    )  # fmt: skip


def _ratio(summary: Summary, row: Mapping[str, float]) -> float:
    """What was measured is told as everywhere on the page; the rest is the quotient of two projected means."""
    measured = None if row["round_trip_s"] else sentences.effect(summary, ALL, "latency_s")
    return float(measured["ratio"]) if measured and measured["ratio"] else row["after_s"] / row["before_s"]
