"""What a summary says, found by name: its findings, one effect, the endpoint that came off worst."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.errors import InputError
from perflab.explore.rows import Effect, Finding, Listing
from perflab.report import sentences
from perflab.report.html import Column, Section, element, section, table

Summary = Mapping[str, Any]

SEVERITIES = ("error", "warning")
KEYS = ("endpoint", "metric", "contrast", "statistic")


def findings(summary: Summary) -> Listing:
    """All findings, the most severe first."""
    rows = sorted(summary["findings"], key=lambda row: _severity(row["severity"]))
    return Listing(tuple(Finding(row) for row in rows), _shown(rows))


def _severity(word: str) -> int:
    return SEVERITIES.index(word) if word in SEVERITIES else len(SEVERITIES)


def _shown(rows: list[Mapping[str, Any]]) -> Section:
    heading = "Findings"
    if not rows:
        said = "Nothing was found that is wrong: no answer, no query, no cache entry, no index."
        return section("all-findings", heading, element("p", said), text=said)
    columns = [
        Column("Number"),
        Column("What was found"),
        Column("Severity"),
        Column("Times", True),
        Column("Brought about by"),
    ]
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
    return section("all-findings", heading, table("What was found, the most severe first", columns, body))


def effect(summary: Summary, **wanted: str) -> Effect:
    """The row that has these values of KEYS; raises InputError that names the first one that no row has."""
    rows = summary["effects"]
    for key in KEYS:
        left = [row for row in rows if row[key] == wanted[key]]
        if not left:
            there = ", ".join(dict.fromkeys(str(row[key]) for row in rows))
            raise InputError(
                f"no effect has the {key} {wanted[key]!r}" + _so_far(wanted, key),
                hint=f"there are {there}; `run.effects(...)` computes others" if there else "nothing was measured",
            )
        rows = left
    return Effect(rows[0])


def _so_far(wanted: Mapping[str, str], key: str) -> str:
    before = KEYS[: KEYS.index(key)]
    return f" (of {', '.join(wanted[name] for name in before)})" if before else ""


def worst_endpoint(summary: Summary) -> str | None:
    """Which single endpoint gained least, by the end of its interval that is nearer to no change; None where none was compared.

    Those without an interval come last, and among them the ratio itself decides.
    """
    rows = [row for row in sentences.by_endpoint(summary) if row["ratio"] is not None]
    last = max(rows, key=lambda row: (row["low"] or 0.0, row["ratio"]), default=None)
    return None if last is None else str(last["endpoint"])
