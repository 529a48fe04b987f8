"""The average taken apart, as a table: every endpoint alike, reads and writes, hits and misses, cold and warm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perflab.report import parts, sentences
from perflab.report.html import Column, Markup, below, element, join, table
from perflab.run.cells import ALL, COLD, GEOMEAN, HITS, MISSES, MIX, READS, WARM, WHOLE, WRITES

Summary = Mapping[str, Any]

WORDS = {
    ALL: ("All requests", "weighted as the traffic came"),
    GEOMEAN: ("Endpoints alike", "geometric mean of the endpoints' ratios"),
    READS: ("Reads", ""),
    WRITES: ("Writes", ""),
    HITS: ("Cache hits", "answered from the cache alone, with everything on"),
    MISSES: ("Cache misses", "looked up in vain, with everything on"),
    COLD: ("Cold", "in the first minute of traffic after the caches were empty"),
    WARM: ("Warm", "later"),
}


@dataclass(frozen=True)
class Tables:
    """Markup for the page, and the same as lines of text."""

    parts: tuple[Markup, ...] = ()
    lines: tuple[str, ...] = ()


def tables(summary: Summary) -> Tables:
    """How the whole gain is spread; nothing where the run's mix was not taken apart."""
    found = {
        row["endpoint"]: row
        for row in summary["effects"]
        if row["endpoint"] in WORDS and row["contrast"] == WHOLE and row["metric"] == "latency_s"
        and row["statistic"] in ("mean", "geomean of means")
    }  # fmt: skip
    if not set(MIX) & set(found):
        return Tables()
    columns = [
        Column("Part of the traffic"), Column("n", True), Column("Service time", True), Column("Change (95% interval)", True),
        Column("Service time is"),
    ]  # fmt: skip
    rows, lines = [], []
    for name, (word, more) in WORDS.items():
        row = found.get(name)
        if row is None:
            continue
        left = (
            f"; {row['left_out']} not asked for in every round are left out"
            if name == GEOMEAN and row.get("left_out")
            else ""
        )
        said = join([element("span", word), below(f"{more}{left}") if more else None])
        levels = parts.levels(row) if row["before"] is not None else "–"
        if not row["n"]:
            rows.append([said, "0", "–", "none in this run", "–"])
            lines.append(f"{word}: none in this run")
            continue
        n = f"{row['n']:,} endpoints" if name == GEOMEAN else f"{row['n']:,}"
        rows.append([said, n, levels, parts.change_of(row), parts.chip(row["verdict"])])
        lines.append(f"{word}: {sentences.change(row)}")
    spread = sentences.spread(summary)
    caption = table("Where the average comes from", columns, rows)
    return Tables((element("p", spread), caption), (spread, *lines))
