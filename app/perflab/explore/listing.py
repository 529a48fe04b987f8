"""Parts of a summary by name: its findings, one effect, the endpoint that gained least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.errors import InputError
from perflab.explore.rows import Effect, Finding, Listing
from perflab.report import lookup
from perflab.report.html import Column, Section, paragraph, section, table

Summary = Mapping[str, Any]

SEVERITIES = ("error", "warning")
KEYS = ("endpoint", "metric", "contrast", "statistic")


def findings(summary: Summary) -> Listing:
    """Return all findings, the most severe first."""
    rows = sorted(summary["findings"], key=lambda row: _severity(row["severity"]))
    return Listing(tuple(Finding(row) for row in rows), _section(rows))


def _severity(name: str) -> int:
    return SEVERITIES.index(name) if name in SEVERITIES else len(SEVERITIES)


def _section(rows: list[Mapping[str, Any]]) -> Section:
    identifier, heading = "all-findings", "Findings"
    if not rows:
        return section(
            identifier, heading, paragraph("No problem was found: no response, query, cache entry or index.")
        )
    columns = [Column("Number"), Column("Finding"), Column("Severity"), Column("Times", True), Column("Cause")]
    body = [
        [
            str(number),
            row["sentence"],
            row["severity"],
            units.count(row.get("count")),
            ", ".join(row.get("factors") or ()) or units.UNKNOWN,
        ]
        for number, row in enumerate(rows)
    ]
    return section(identifier, heading, table("All findings, the most severe first", columns, body))


def effect(summary: Summary, **wanted: str) -> Effect:
    """Return the effect that has these values of KEYS.

    Args:
        summary: summary.json.
        wanted: A value for each of KEYS.

    Raises:
        InputError: No effect has them all; it names the first value that none has.
    """
    rows = summary["effects"]
    for key in KEYS:
        left = [row for row in rows if row[key] == wanted[key]]
        if not left:
            others = ", ".join(dict.fromkeys(str(row[key]) for row in rows))
            raise InputError(
                f"no effect has the {key} {wanted[key]!r}" + _so_far(wanted, key),
                hint=f"use one of {others}; `run.effects(...)` computes others" if others else "nothing was measured",
            )
        rows = left
    return Effect(rows[0])


def _so_far(wanted: Mapping[str, str], key: str) -> str:
    before = KEYS[: KEYS.index(key)]
    return f" (of {', '.join(wanted[name] for name in before)})" if before else ""


def worst_endpoint(summary: Summary) -> str | None:
    """Return the endpoint that gained least, by the end of its interval that is nearer to no change; None where there is none.

    Endpoints without an interval come last, ordered by the ratio itself.
    """
    rows = [row for row in lookup.by_endpoint(summary) if row["ratio"] is not None]
    last = max(rows, key=lambda row: (row["low"] or 0.0, row["ratio"]), default=None)
    return None if last is None else str(last["endpoint"])
