"""What each switch does: by itself, on top of all others, its share of the gain, and what it costs where it costs."""

from __future__ import annotations

from perflab import units
from perflab.analysis.names import ALL, MISSES, WRITES
from perflab.report import lookup, parts, sentences
from perflab.report.html import Column, Markup, Section, bullets, note, paragraph, section, table
from perflab.report.lookup import Row, Summary
from perflab.run.store import Run

ID = "switches"
HEADING = "What each switch does"
NOTE = (
    "Mean service time over all requests. A switch can do much by itself and little once the others are on. The share is its "
    "part of the whole gain on the log scale, averaged over every order of switching on (Shapley value); expressed as factors, "
    "the shares multiply to the whole. The last two columns show where a switch may cost time: an index can make a write "
    "slower, a cache a miss."
)
COLUMNS = [
    Column("Switch"), Column("Alone: from everything off", True), Column("Last: on top of all others", True),
    Column("Share of the gain", True), Column("Last, on writes", True), Column("Last, on cache misses", True),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Section:
    """Return the gain as a product, a row per switch, and what pairs of switches do together."""
    shares = {row["factor"]: row for row in lookup.shares(summary)}
    rows = [[factor, *_effects(summary, factor, shares.get(factor))] for factor in run.factors]
    return section(
        ID, HEADING, paragraph(sentences.attribution(summary), "lead"),
        table("Each switch alone and last", COLUMNS, rows), bullets(sentences.interactions(summary)), note(NOTE),
    )  # fmt: skip


def _effects(summary: Summary, factor: str, share: Row | None) -> list[str | Markup]:
    """The cells of one switch's row."""
    alone, last, writes, misses = (
        _change(lookup.effect(summary, endpoint, contrast=f"{factor} {contrast}"))
        for endpoint, contrast in ((ALL, "alone"), (ALL, "last"), (WRITES, "last"), (MISSES, "last"))
    )
    return [alone, last, _share(share), writes, misses]


def _change(row: Row | None) -> str | Markup:
    return parts.change_of(row) if row is not None and row["n"] else units.UNKNOWN


def _share(row: Row | None) -> str | Markup:
    """A factor's share of the gain in percent, and by how much it multiplies the speed, with the interval."""
    if row is None:
        return units.UNKNOWN
    share, part = units.percent(row["share"], 0), row["shapley"]
    if row["scale"] != "log" or part["low"] is None:
        return share
    low, best, high = (units.significant(1 / part[end]) for end in ("high", "estimate", "low"))
    return parts.figure(sentences.Estimate(share, f"×{best} ({low} to {high})"))
