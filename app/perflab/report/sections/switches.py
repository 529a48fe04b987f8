"""What each switch does: alone, last, its share of the whole, and what it costs where it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.report import parts, sentences
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.run.cells import ALL, MISSES, WRITES, contrast_name
from perflab.run.store import Run

Summary = Mapping[str, Any]
METRIC = "latency_s"


def switches(summary: Summary, run: Run) -> Section:
    """The sentence that takes the gain apart, a row per switch, and what switches do together."""
    columns = [
        Column("Switch"), Column("Alone: from everything off", True), Column("Last: on top of all others", True),
        Column("Share of the gain", True), Column("Last, on writes", True), Column("Last, on cache misses", True),
    ]  # fmt: skip
    shares = {row["factor"]: row for row in sentences.shares(summary)}
    rows, lines = [], []
    for factor in run.factors:
        alone, last, writes, misses = (
            sentences.effect(summary, *place)
            for place in (
                (ALL, METRIC, contrast_name("from baseline", factor)),
                *((group, METRIC, contrast_name("leave-one-out", factor)) for group in (ALL, WRITES, MISSES)),
            )
        )
        share = shares.get(factor)
        cells: list[str | Markup] = [parts.change_of(row) if row else units.UNKNOWN for row in (alone, last)]
        costs = [parts.change_of(row) if row and row["n"] else units.UNKNOWN for row in (writes, misses)]
        rows.append([factor, *cells, _share(share), *costs])
        said = [sentences.change(row) if row and row["n"] else units.UNKNOWN for row in (alone, last, writes, misses)]
        lines.append(
            f"{factor}: alone {said[0]}; last {said[1]}; share {units.percent((share or {}).get('shapley_share'), 0)}; "
            f"last on writes {said[2]}; last on misses {said[3]}"
        )
    whole = sentences.attribution(summary)
    together = sentences.interactions(summary)
    note = (
        "Mean service time over all requests. A switch can do much alone and little once the others are on. The share is "
        "its part of the whole gain on the log scale, averaged over every order of switching on (Shapley): as a factor, the "
        "shares multiply to the whole. The last two columns are what a switch costs, or saves, where it may well cost: an index "
        "makes a write slower, a cache a miss."
    )
    return section(
        "switches", "What each switch does",
        element("p", whole, class_="lead") if whole else None,
        table("Each switch alone and last", columns, rows),
        element("ul", *(element("li", sentence) for sentence in together)) if together else None,
        element("p", note, class_="note"), text="\n".join([*([whole] if whole else []), *lines, *together]),
    )  # fmt: skip


def _share(row: Mapping[str, Any] | None) -> str | Markup:
    """A factor's part of the gain in percent, and what it multiplies the pace by, with the interval."""
    if row is None:
        return units.UNKNOWN
    part = row["shapley"]
    if row["scale"] != "log" or part["low"] is None:
        return units.percent(row["shapley_share"], 0)
    low, best, high = (units.significant(1 / part[end]) for end in ("high", "estimate", "low"))
    return join(
        [
            element("span", units.percent(row["shapley_share"], 0), class_="whole"),
            below(f"×{best} ({low} to {high})", whole=True),
        ]
    )
