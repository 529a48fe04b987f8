"""Which indexes earn their keep: the section of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab import units
from perflab.analysis.database.findings import LACKING
from perflab.analysis.database.indexes import droppable, migration, together
from perflab.report import parts, sentences
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.run.cells import WITHOUT_CANDIDATES
from perflab.run.store import Run

Summary = Mapping[str, Any]
Row = Mapping[str, Any]

KINDS = (("Reads", "reads"), ("Writes", "writes"), ("Writes that wait for the disk", "durable_writes"))
NOTE = (
    "Scans and entries are what this run's traffic used of an index with everything on, over all rounds. An index that another "
    "one can stand in for is told by structure. The ones that could go were taken away together, and everything on was replayed "
    "without them, against everything on with them; each of the others was taken away alone, as far as the time reached. To go, "
    "they need not gain: it is enough that reads are not slower by more than the margin. What this traffic does not use, other "
    "requests, a nightly job or a constraint may. Each line of the table of times was measured in rounds of its own, so lines "
    "do not compare with each other. Of the log, the first change of a page writes all of it, which weighs more in a short run."
)
MODELS = (
    "The migration that drops them. Take the same indexes out of the models' Meta.indexes, or the next makemigrations adds them "
    "again."
)


def indexes(summary: Summary, run: Run) -> Section:
    """A row for each index in question, what could go and what that gains, and the migration once it was measured."""
    rows = [row for row in summary.get("indexes") or [] if row["candidate"]]
    if not rows:
        lead = "No index was in question."
        return section("indexes", "Which indexes earn their keep?", element("p", lead), text=lead)
    columns = [
        Column("Index"), Column("Size", True), Column("Scans", True), Column("Used by"), Column("Without it alone", True),
        Column("Verdict"),
    ]  # fmt: skip
    lead = _lead(rows, run)
    found = [f["sentence"] for f in summary.get("findings") or [] if f["class"] in LACKING]
    without, lines = _without_them(rows)
    texts = _migrations(rows, run)
    return section(
        "indexes", "Which indexes earn their keep?",
        element("p", lead, class_="lead"),
        element("ul", *(element("li", sentence) for sentence in found)) if found else None,
        without,
        table("The indexes in question", columns, [_row(row) for row in rows], stacked=True),
        element("p", MODELS) if texts else None,
        *(element("pre", element("code", text), tabindex="0") for text in texts),
        element("p", NOTE, class_="note"),
        text="\n".join([lead, *found, *lines, *(_line(row) for row in rows), *([MODELS] if texts else []), *texts]),
    )  # fmt: skip


def _lead(rows: Sequence[Row], run: Run) -> str:
    """How many of the indexes in question could go and why, whether they can, and what that gains."""
    asked = [row for row in rows if row["redundant_or_unused"]]
    if not asked:
        return f"None of the {len(rows)} indexes in question repeats another one or lies idle in this traffic."
    could = f"Of the {len(rows)} indexes in question, {len(asked)} could go. {why_superfluous(asked, run)}."
    if droppable(rows):
        return f"{could} They can: without them, {gains_of(asked)}."
    return f"{could} Whether they can is open: {asked[0]['reason']}."


def why_superfluous(rows: Sequence[Row], run: Run) -> str:
    """Why indexes could go: `12 do what another index does; 7 serve nothing in this traffic (19 of 22 URLs) ...`."""
    repeated = sum(bool(row["overlap"]) for row in rows)
    idle = len(rows) - repeated
    said = [f"{repeated} {'does' if repeated == 1 else 'do'} what another index does"] if repeated else []
    if idle:
        urls = run.catalogue.get("urls")
        of = f" ({urls['asked']:,} of {urls['all']:,} URLs)" if urls else ""
        serve = "serves" if idle == 1 else "serve"
        said.append(f"{idle} {serve} nothing in this traffic{of}: see first what production uses them for")
    return "; ".join(said)


def gains_of(rows: Sequence[Row]) -> str:
    """What the system is like without indexes that can go; empty without rows.

    `reads take at most 0.3% more (found: 1.1% less), writes take 4.9% less (...) and for a write the database logs 20% less`:
    where no gain is seen, what is known is how much slower it may be at most.
    """
    if not rows:
        return ""
    measured = [(name, rows[0][key]) for name, key in KINDS[:2] if rows[0][key] and rows[0][key]["n"]]
    gains = [f"{name.lower()} take {_at_most(effect)}" for name, effect in measured]
    wal = rows[0].get("wal_per_write")
    if wal:
        gains.append(f"for a write the database logs {sentences.relative(wal['after'] / wal['before'])}")
    return f"{', '.join(gains[:-1])} and {gains[-1]}" if len(gains) > 1 else gains[0]


def _at_most(effect: Row) -> str:
    """A change that is seen as it is; of one that is not, how much slower it may be at most."""
    if effect["verdict"] == "better" or effect["high"] is None or effect["high"] <= 1:
        return sentences.change(effect)
    return f"at most {units.percent(effect['high'] - 1)} more (found: {sentences.relative(effect['ratio'])})"


def _without_them(rows: Sequence[Row]) -> tuple[Markup | None, list[str]]:
    """All that could go taken away at once: a row for each kind of request, and as lines."""
    one = together(rows)
    if one is None:
        return None, []
    shown, lines = [], []
    for name, key in KINDS:
        effect = one[key]
        if effect and effect["n"]:
            change = join([parts.change_of(effect), _worst(effect)])
            shown.append([name, parts.levels(effect), change, parts.chip(effect["verdict"])])
            lines.append(f"{name}: {sentences.change(effect)}")
    wal = one["wal_per_write"]
    if wal:
        levels = f"{units.size(wal['before'])} → {units.size(wal['after'])}"
        less = sentences.relative(wal["after"] / wal["before"])
        shown.append(["Write-ahead log per write", levels, less, units.UNKNOWN])
        lines.append(f"Write-ahead log per write: {less}")
    columns = [
        Column("Service time of"), Column("With → without", True), Column("Change (95% interval)", True), Column("Verdict"),
    ]  # fmt: skip
    number = sum(row["redundant_or_unused"] for row in rows)
    return table(f"Everything on, with these {number} indexes and without them", columns, shown), lines


def _row(row: Row) -> list[str | Markup]:
    build = None if row["build_s"] is None else below(f"built in {units.seconds(row['build_s'])}", whole=True)
    reason = row["use"] if row["redundant_or_unused"] else f"{row['use']}; {row['reason']}"
    return [
        join([element("span", row["name"]), below(f"{row['table']} ({', '.join(row['key'])})", tag="code")]),
        join([units.size(row["bytes"]), build]),
        units.UNKNOWN if row["scans"] is None else join([f"{row['scans']:,}", below(_entries(row), whole=True)]),
        ", ".join(row["endpoints"]) or "seen in no plan that was read",
        "with the others" if row["measured_as"] == WITHOUT_CANDIDATES else _alone(row),
        join([parts.chip(row["verdict"]), below(reason)]),
    ]


def _entries(row: Row) -> str:
    return f"{units.count(row['entries'])} entries read"


def _alone(row: Row) -> str | Markup:
    """What the lack of one index does to reads and to writes."""
    said = [
        join([below(name), parts.change_of(row[key]), _worst(row[key])])
        for name, key in KINDS
        if row[key] and row[key]["n"]
    ]
    return join(said) if said else units.UNKNOWN


def _worst(effect: Row) -> Markup | None:
    worst = effect["worst"]
    return below(f"{worst['endpoint']} {sentences.change(worst)}") if worst else None


def _migrations(rows: Sequence[Row], run: Run) -> list[str]:
    texts = migration(droppable(rows), run.catalogue.get("migrations") or {})
    return [f"# {app}/migrations/\n{text}" for app, text in texts.items()]


def _line(row: Row) -> str:
    return f"{row['name']}: {row['verdict']} ({row['use']}; {row['reason']})"
