"""Which indexes earn their keep: the section of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab import units
from perflab.analysis.index_findings import CLASSES
from perflab.analysis.indexes import PRUNED, droppable, migration, together
from perflab.report import parts, sentences
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.store import Run

Summary = Mapping[str, Any]
Row = Mapping[str, Any]

NOTE = (
    "Scans and entries are what this run's traffic used of an index with everything on, over all rounds. An index that another "
    "one can stand in for is told by structure. The ones that could go were taken away together, and everything on was replayed "
    "without them, against everything on with them; each of the others was taken away alone, as far as the time reached. What "
    "this traffic does not use, other requests, a nightly job or a constraint may. Of the log, the first change of a page writes "
    "all of it, which weighs more in a short run."
)


def indexes(summary: Summary, run: Run) -> Section:
    """A row for each index in question, what could go and what that gains, and the migration once it was measured."""
    rows = [row for row in summary.get("indexes") or [] if row["candidate"]]
    if not rows:
        lead = "No index was in question."
        return section("indexes", "Which indexes earn their keep?", element("p", lead), text=lead)
    columns = [
        Column("Index"), Column("Size", True), Column("Scans", True), Column("Used by"), Column("Reads without it", True),
        Column("Writes without it", True), Column("Verdict"),
    ]  # fmt: skip
    said = sentences_of(rows)
    found = [f["sentence"] for f in summary.get("findings") or [] if f["class"] in CLASSES[2:]]
    texts = _migrations(rows, run)
    return section(
        "indexes", "Which indexes earn their keep?",
        element("p", said[0], class_="lead"), *(element("p", sentence) for sentence in said[1:]),
        element("ul", *(element("li", sentence) for sentence in found)) if found else None,
        table("The indexes in question", columns, [_row(row) for row in rows], stacked=True),
        *(element("pre", element("code", text), tabindex="0") for text in texts),
        element("p", NOTE, class_="note"),
        text="\n".join([*said, *found, *(_line(row) for row in rows), *texts]),
    )  # fmt: skip


def sentences_of(rows: Sequence[Row]) -> list[str]:
    """How many could go and why; what taking them away together did, if it was measured."""
    asked = [row for row in rows if row["superfluous"]]
    repeated = sum(bool(row["overlap"]) for row in rows)
    idle = sum(not row["overlap"] and row["superfluous"] for row in rows)
    could = f"Of the {len(rows)} in question, {repeated} do what another index does, and {idle} are unused by this traffic."
    one = together(rows)
    if one is None:
        return [could, "What the system is without them was not measured."] if repeated + idle else [could]
    verdict = (
        f"These {len(asked)} can go." if droppable(rows) else f"Whether these {len(asked)} can go is open: {one['reason']}."
    )
    return [could, f"With everything on but these {len(asked)}: {_together(one)}. {verdict}"]


def _together(row: Row) -> str:
    said = [
        f"service time of {name} {sentences.change(row[key])}"
        for name, key in (("reads", "reads"), ("writes", "writes"), ("writes that wait for the disk", "durable_writes"))
        if row[key] and row[key]["n"]
    ]
    wal = row["wal_per_write"]
    if wal:
        said.append(f"{units.size(wal['before'])} of write-ahead log per write become {units.size(wal['after'])}")
    return "; ".join(said) or "nothing could be told"


def _row(row: Row) -> list[str | Markup]:
    build = None if row["build_s"] is None else below(f"built in {units.seconds(row['build_s'])}", whole=True)
    wal = row["wal_per_write"]
    durable = row["durable_writes"]
    return [
        join([element("span", row["name"]), below(f"{row['table']} ({', '.join(row['key'])})", tag="code")]),
        join([units.size(row["bytes"]), build]),
        units.UNKNOWN if row["scans"] is None else join([f"{row['scans']:,}", below(_entries(row), whole=True)]),
        ", ".join(row["endpoints"]) or "no plan of a check",
        _change(row["reads"], row),
        join(
            [
                _change(row["writes"], row),
                below(f"waiting for the disk {sentences.change(durable)}") if durable and durable["n"] else None,
                below(f"log {units.size(wal['before'])} → {units.size(wal['after'])}", whole=True) if wal else None,
            ]
        ),
        join([parts.chip(row["verdict"]), below(row["reason"])]),
    ]


def _entries(row: Row) -> str:
    return f"{units.count(row['entries'])} entries read"


def _change(effect: Row | None, row: Row) -> str | Markup:
    if not effect or not effect["n"]:
        return units.UNKNOWN
    worst = effect["worst"]
    return join(
        [
            parts.change_of(effect),
            below("all that could go", whole=True) if row["measured_as"] == PRUNED else None,
            below(f"{worst['endpoint']} {sentences.change(worst)}") if worst else None,
        ]
    )


def _migrations(rows: Sequence[Row], run: Run) -> list[str]:
    texts = migration(droppable(rows), run.catalogue.get("migrations") or {})
    return [f"# {app}/migrations/\n{text}" for app, text in texts.items()]


def _line(row: Row) -> str:
    return f"{row['name']}: {row['verdict']} ({row['reason']})"
