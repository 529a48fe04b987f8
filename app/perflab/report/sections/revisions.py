"""The two revisions that a run compares, and what the migrations between them did to the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab import units
from perflab.report.html import Column, Markup, Section, bullets, note, paragraph, section, table
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "revisions"
HEADING = "The two revisions"
COLUMNS = [Column("Migration"), Column("Time", True), Column("Tables that others wait for"), Column("Tables rewritten")]
NOTE = (
    "Each side has its own code, settings and schema; the rows are the same, made with the models of “off”. Migrations ran once, "
    "on a copy of this data that nobody else used: a lock on a busy table also waits for the requests before it."
)
# PostgreSQL's names of locks, by what others may still do with the table.
LOCKS = {
    "AccessExclusiveLock": "reads and writes wait",
    "ExclusiveLock": "writes wait",
    "ShareRowExclusiveLock": "writes wait",
    "ShareLock": "writes wait",
}


def build(summary: Summary, run: Run) -> Section | None:
    """Return what was compared; None where no factor switches the code."""
    revisions = run.meta.get("revisions")
    if not revisions:
        return None
    sides = " ".join(f"“{level.capitalize()}” is {_side(revisions[level])}." for level in ("off", "on"))
    return section(
        ID,
        HEADING,
        paragraph(sides),
        paragraph(package_changes(revisions)),
        bullets(revisions.get("remarks") or ()),
        *_migrations(revisions.get("migrations") or ()),
        bullets(index_changes(revisions)),
        note(NOTE),
    )


def package_changes(revisions: Mapping[str, Any]) -> str | None:
    """Return a sentence about the packages of both revisions; None where they are not made from pins.

    Args:
        revisions: What run.json says of the revisions.
    """
    changes = revisions.get("packages")
    if changes is None:
        return None
    return f"Packages: {units.listed(changes)}." if changes else "Both have the same packages."


def index_changes(revisions: Mapping[str, Any]) -> list[str]:
    """Return a sentence each for the indexes that only one revision has; one that is renamed counts as both.

    Args:
        revisions: What run.json says of the revisions.
    """
    indexes = revisions.get("indexes") or {}
    return [
        f"{side} has {units.counted(len(names), 'index', 'indexes')} that the other lacks: {units.listed(names)}."
        for side, names in (("The old revision", indexes.get("lost")), ("The new one", indexes.get("gained")))
        if names
    ]


def _side(side: Mapping[str, Any]) -> str:
    """Return a side's name, its commit, and whether it differs from that."""
    commit = str(side["revision"])[:12]
    changed = ", with changes" if side["changed"] else ""
    return f"{side['label']} ({commit}{changed})"


def _migrations(rows: Sequence[Mapping[str, Any]]) -> list[Markup | None]:
    if not rows:
        return [paragraph("Both have the same migrations.")]
    took = units.seconds(sum(row["seconds"] for row in rows))
    lead = f"{units.counted(len(rows), 'migration')} brought the data forward, in {took}."
    cells: list[list[str | Markup]] = [
        [str(row["name"]), units.seconds(row["seconds"]), _locks(row["locks"]), ", ".join(row["rewritten"]) or "none"]
        for row in rows
    ]
    return [paragraph(lead), table("What each migration did", COLUMNS, cells)]


def _locks(locks: Mapping[str, str]) -> str:
    """Return the tables that a migration locked, and what others wait for."""
    return "; ".join(f"{name} ({LOCKS.get(mode, mode)})" for name, mode in sorted(locks.items())) or "none"
