"""The average broken down: all endpoints with the same weight, reads and writes, hits and misses, cold and warm."""

from __future__ import annotations

from perflab import units
from perflab.report import lookup, parts, sentences
from perflab.report.html import Column, Markup, below, element, join, paragraph, table
from perflab.run.cells import ALL, COLD, GEOMEAN, HITS, MISSES, MIX, READS, WARM, WRITES
from perflab.run.records import Effect
from perflab.run.store import Run
from perflab.run.summary import Summary

NAMES = {
    ALL: ("All requests", "weighted as the scenario says"),
    GEOMEAN: ("Endpoints, equally weighted", "geometric mean of the endpoints' ratios"),
    READS: ("Reads", ""),
    WRITES: ("Writes", ""),
    HITS: ("Cache hits", "served from the cache alone, with everything on"),
    MISSES: ("Cache misses", "looked up, but not found in the cache, with everything on"),
    COLD: ("Cold", "in the first minute of traffic, which starts with empty caches"),
    WARM: ("Warm", "after that minute"),
}
# What there is only of a project with a cache.
OF_CACHES = (HITS, MISSES, COLD, WARM)
COLUMNS = [
    Column("Part of the traffic"), Column("n", True), Column("Service time", True), Column("Change (95% interval)", True),
    Column("Verdict"),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Markup | None:
    """Return how the gain is spread over the traffic; None where the run did not break it down."""
    without = () if lookup.uses_cache(summary, run) else OF_CACHES
    effects = {name: effect for name, effect in lookup.by_part(summary).items() if name not in without}
    if not set(MIX) & set(effects):
        return None
    rows = [_row(name, effects[name]) for name in NAMES if name in effects]
    return join([paragraph(sentences.spread(summary)), table("The average, broken down", COLUMNS, rows)])


def _row(name: str, effect: Effect) -> list[str | Markup]:
    title, explanation = NAMES[name]
    if name == GEOMEAN and effect.left_out:
        left_out = units.counted(effect.left_out, "endpoint")
        explanation += f"; leaves out {left_out} not requested in every round"
    heading = join([element("span", title), below(explanation) if explanation else None])
    if not effect.n:
        return [heading, "0", units.UNKNOWN, "none in this run", units.UNKNOWN]
    n = units.counted(effect.n, "endpoint") if name == GEOMEAN else f"{effect.n:,}"
    levels = parts.levels(effect) if effect.before is not None else units.UNKNOWN
    return [heading, n, levels, parts.change_of(effect), parts.chip(effect.verdict)]
