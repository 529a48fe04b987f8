"""When four ask at once: who computes the same answer, and whether counts are lost. Facts, beside which a finding may stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.analysis.caching.concurrency import counters, stampedes
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.run.store import Run

HEADING = "When four ask at once"
NOTE = (
    "Asked after everything was measured, by workers with one database and one cache, and not measured itself. A counter is an "
    "integer in the cache to which requests that are answered from it add."
)


@dataclass(frozen=True)
class Told:
    """Markup for the page, and the same as lines of text. Nothing where the run asked nobody at once."""

    parts: tuple[Markup, ...] = ()
    lines: tuple[str, ...] = ()


def at_once(run: Run) -> Told:
    """What several workers that ask the same thing at the same moment do, and what their counters lose."""
    asked, counted = stampedes(run.burst), counters(run.burst)
    failed = "burst" in run.failed_passes
    said = [
        *([_computed(asked)] if asked else []),
        *([_counted(counted)] if counted else []),
        *(["The burst ended early; run.json has the reason."] if failed else []),
    ]
    shown = [_table(asked)] if asked else []
    note = [element("p", NOTE, class_="note")] if asked or counted else []
    return Told((*(element("p", sentence) for sentence in said), *shown, *note), tuple(said))


def section_of(run: Run) -> Section:
    """The same as a section of its own."""
    told = at_once(run)
    if not told.parts:
        said = "With everything on, no answer was found in a cache that several could ask for at once."
        return section("burst", HEADING, element("p", said), text=said)
    return section("burst", HEADING, *told.parts, text="\n".join(told.lines))


def _computed(asked: Sequence[Mapping[str, Any]]) -> str:
    shots = sum(row["asked"] for row in asked)
    computed, queries, alone, spread = (
        sum(row["asked"] * row[name] for row in asked) / shots
        for name in ("computed", "queries", "queries_alone", "spread_s")
    )
    workers = max(row["workers"] for row in asked)
    return (
        f"Of {workers} workers that asked for an answer at the same moment, while no cache had it, "
        f"{units.significant(computed, 2)} computed it on average, with {units.significant(queries, 2)} queries where one alone "
        f"makes {units.significant(alone, 2)} ({units.counted(shots, 'request')} of {units.counted(len(asked), 'endpoint')}; "
        f"the last worker began {units.seconds(spread)} after the first)."
    )


def _counted(counted: Sequence[Mapping[str, Any]]) -> str:
    due, lost = (sum(row[name] for row in counted) for name in ("due", "lost"))
    if not lost:
        return f"{units.counted(len(counted), 'counter')} in the cache lost none of {due:,} counts when all counted at once."
    losers = [row for row in counted if row["lost"]]
    names = ", ".join(f"{row['key']} ({row['endpoint']}) {row['lost']:,} of {row['due']:,}" for row in losers)
    return f"{units.counted(len(losers), 'counter')} in the cache lost counts when all counted at once: {names}."


def _table(asked: Sequence[Mapping[str, Any]]) -> Markup:
    columns = [
        Column("Endpoint"), Column("Computed by", True), Column("Queries, one alone", True), Column("Queries, all at once", True),
    ]  # fmt: skip
    rows: list[list[str | Markup]] = [
        [
            join([element("span", row["endpoint"]), below(units.counted(row["asked"], "request"))]),
            f"{units.significant(row['computed'], 2)} of {row['workers']}",
            units.count(row["queries_alone"]),
            units.count(row["queries"]),
        ]
        for row in asked
    ]
    return table("The same request by all workers at once, before any cache has its answer", columns, rows)
