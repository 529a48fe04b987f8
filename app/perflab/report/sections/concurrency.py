"""Cache stampede: how many workers compute the same response, and whether counters lose updates."""

from __future__ import annotations

from collections.abc import Sequence

from perflab import units
from perflab.analysis.caching.concurrency import counters, stampedes
from perflab.report import lookup
from perflab.report.html import Column, Markup, Section, below, element, join, note, paragraph, section, table
from perflab.report.lookup import Row
from perflab.run.phases import CONCURRENCY
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "concurrency"
HEADING = "Cache stampede"
NOTHING = "With everything on, there was no cached response that several workers could request at once."
ENDED_EARLY = "The stampede probe ended early; run.json has the reason."
NOTE = (
    "These requests follow the measurement, and their times are not shown; the workers share one database and one cache. A "
    "counter is an integer in the cache that a request increments even if its response comes from the cache."
)
COLUMNS = [
    Column("Endpoint"), Column("Computed by", True), Column("Queries, one worker", True), Column("Queries, all at once", True),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Section | None:
    """Return what workers that request the same at once do; None where the project has no cache."""
    if not lookup.has_cache(run):
        return None
    requests, counts = stampedes(run.concurrency), counters(run.concurrency)
    lines = [
        _computed(requests) if requests else None,
        _lost_updates(counts) if counts else None,
        ENDED_EARLY if CONCURRENCY in run.failed_stages else None,
    ]
    if not any(lines):
        return section(ID, HEADING, paragraph(NOTHING))
    shown = _table(requests) if requests else None
    return section(ID, HEADING, *map(paragraph, lines), shown, note(NOTE) if requests or counts else None)


def _computed(requests: Sequence[Row]) -> str:
    """How many workers computed the same response, on average over all requests."""
    number = sum(row["asked"] for row in requests)
    computed, queries, alone, spread = (
        sum(row["asked"] * row[name] for row in requests) / number
        for name in ("computed", "queries", "queries_alone", "spread_s")
    )
    workers = max(row["workers"] for row in requests)
    return (
        f"When {workers} workers requested the same uncached response at once, on average {units.significant(computed, 2)} of "
        f"them computed it, making {units.significant(queries, 2)} queries instead of {units.significant(alone, 2)} "
        f"({units.counted(number, 'such request')} to {units.counted(len(requests), 'endpoint')}; the last worker started "
        f"{units.seconds(spread)} after the first)."
    )


def _lost_updates(counts: Sequence[Row]) -> str:
    """Whether counters in the cache kept every increment."""
    due = sum(row["due"] for row in counts)
    losers = [row for row in counts if row["lost"]]
    if not losers:
        return f"No lost updates: {units.counted(len(counts), 'cache counter')} recorded all {due:,} concurrent increments."
    names = ", ".join(f"{row['key']} ({row['endpoint']}) {row['lost']:,} of {row['due']:,}" for row in losers)
    return f"Lost updates: {units.counted(len(losers), 'cache counter')} lost concurrent increments: {names}."


def _table(requests: Sequence[Row]) -> Markup:
    rows: list[list[str | Markup]] = [
        [
            join([element("span", row["endpoint"]), below(units.counted(row["asked"], "request"))]),
            f"{units.significant(row['computed'], 2)} of {row['workers']}",
            units.count(row["queries_alone"]),
            units.count(row["queries"]),
        ]
        for row in requests
    ]
    return table("The same request by all workers at once, before its response is cached", COLUMNS, rows)
