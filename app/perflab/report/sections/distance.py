"""Projection: what service times would be with network latency, which makes every query cost a round trip."""

from __future__ import annotations

from perflab import units
from perflab.analysis.network_latency import ROUND_TRIPS_S, projected
from perflab.report import estimates, lookup
from perflab.report.html import Column, Section, note, paragraph, section, table
from perflab.report.lookup import Row
from perflab.run.scenario import endpoint_weights
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "distance"
HEADING = "Projection: added network latency"
NOTHING = "Nothing can be projected: query counts or service times are unknown."
NOTE = (
    "Projected, not measured: mean service time over all requests, plus one round trip for each query{}. "
    "This ignores batching of queries and the cost of opening connections."
)
COLUMNS = [Column("Round trip"), Column("Before", True), Column("After", True), Column("Change", True)]


def build(summary: Summary, run: Run) -> Section:
    """Return service times before and after, without and with added latency."""
    rows = projected(run.samples, endpoint_weights(run.scenario))
    if not rows:
        return section(ID, HEADING, paragraph(NOTHING))
    near, far = rows[0], rows[-1]
    before, after = (units.count(round(near[name], 1)) for name in ("before_trips", "after_trips"))
    lead = (
        f"A request makes {before} round trips before and {after} after. With {ROUND_TRIPS_S[-1] * 1e3:g} ms per round trip it "
        f"would take {units.seconds(far['before_s'])} before and {units.seconds(far['after_s'])} after."
    )
    body = [_row(summary, row) for row in rows]
    return section(
        ID,
        HEADING,
        paragraph(lead),
        table("Projected service times", COLUMNS, body),
        note(NOTE.format(" and each cache operation" if lookup.uses_cache(summary, run) else "")),
    )


def _row(summary: Summary, row: Row) -> list[str]:
    trip = f"{row['round_trip_s'] * 1e3:g} ms" if row["round_trip_s"] else "0, as measured"
    return [
        trip,
        units.seconds(row["before_s"]),
        units.seconds(row["after_s"]),
        estimates.relative(_ratio(summary, row)).value,
    ]


def _ratio(summary: Summary, row: Row) -> float:
    """The measured ratio where nothing is added; else the quotient of the two projected means."""
    measured = None if row["round_trip_s"] else lookup.effect(summary)
    return measured.ratio if measured and measured.ratio else float(row["after_s"] / row["before_s"])
