"""Which indexes are needed: those examined, what dropping them would gain, and the migration that drops them."""

from __future__ import annotations

from collections.abc import Sequence

from perflab import units
from perflab.analysis.database.indexes import droppable, migration, together
from perflab.report import estimates, lookup, parts
from perflab.report.html import (
    Column,
    Markup,
    Section,
    below,
    bullets,
    code_block,
    element,
    join,
    note,
    paragraph,
    section,
    table,
)  # fmt: skip
from perflab.report.lookup import Row
from perflab.run.cells import WITHOUT_CANDIDATES
from perflab.run.records import Effect
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "indexes"
HEADING = "Which indexes are needed?"
NOTHING = "No index was examined."
NOTHING_OWN = "No index of the project's own models was examined."
OF_PACKAGES = (
    "These are not the project's own: the migrations of the packages make them, so none is proposed for removal."
)
KINDS = (("Reads", "reads"), ("Writes", "writes"), ("Writes that wait for the disk", "durable_writes"))
NOTE = (
    "Scans and entries show how much this run's traffic used an index{}, over all rounds. Whether another "
    "index can replace it is decided by comparing their columns. An index that this traffic does not use may still be "
    "needed by other requests, a nightly job or a constraint."
)
STUDY = (
    "All candidates were dropped together, and the system was replayed{} with and without them; then each "
    "other index was dropped by itself, as far as time allowed. An index need not cost anything to be recommended for "
    "removal: it is enough that reads without it are not slower by more than the margin. Each row of the table of "
    "times was measured in its own rounds, so rows cannot be compared with each other. The first change to a database "
    "page after a checkpoint writes the whole page to the write-ahead log; in a short run such writes have a larger share."
)
MODELS = (
    "The migration that drops them. Remove the same indexes from the models' Meta.indexes, or the next makemigrations will add "
    "them again."
)
COLUMNS = [
    Column("Index"), Column("Size", True), Column("Scans", True), Column("Used by"),
    Column("If only this one is dropped", True), Column("Verdict"),
]  # fmt: skip
# Plans are read of the slowest queries: an index may be scanned by another.
NO_PLAN = "no query whose plan was read"
WITHOUT_COLUMNS = [
    Column("Service time of"), Column("With → without", True), Column("Change (95% interval)", True), Column("Verdict"),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Section:
    """Return a row for each index examined, what can be dropped and what that gains, and the migration once it was measured."""
    rows = lookup.candidates(summary)
    if not rows:
        return section(ID, HEADING, paragraph(NOTHING))
    of_packages = [row for row in rows if row.get("package")]
    rows = [row for row in rows if not row.get("package")]
    migrations = _migrations(rows, run)
    return section(
        ID, HEADING, paragraph(_lead(rows, run) if rows else NOTHING_OWN, "lead"),
        bullets(finding.sentence for finding in lookup.lacking(summary)),
        _without_them(rows, run), _listed("The indexes examined", rows),
        _listed("Indexes of installed packages", of_packages), paragraph(OF_PACKAGES if of_packages else None),
        paragraph(MODELS if migrations else None), *map(code_block, migrations),
        note(_note(rows, run)),
    )  # fmt: skip


def _note(rows: Sequence[Row], run: Run) -> str:
    """What the tables show; of the study, where there was one."""
    text = NOTE.format(lookup.with_everything_on(run))
    return f"{text} {STUDY.format(lookup.with_everything_on(run))}" if any(row["measured_as"] for row in rows) else text


def _listed(title: str, rows: Sequence[Row]) -> Markup | None:
    return table(title, COLUMNS, [_row(row) for row in rows], stacked=True) if rows else None


def _lead(rows: Sequence[Row], run: Run) -> str:
    """How many indexes are candidates for removal and why, whether they can be dropped, and what that gains."""
    unneeded = [row for row in rows if row["redundant_or_unused"]]
    if not unneeded:
        return f"None of the {len(rows)} indexes examined is redundant or unused in this traffic."
    candidates = "is a candidate" if len(unneeded) == 1 else "are candidates"
    lead = f"{len(unneeded)} of the {len(rows)} indexes examined {candidates} for removal: {reasons(unneeded, run)}."
    it, them = ("It", "it") if len(unneeded) == 1 else ("They", "them")
    if droppable(rows):
        return f"{lead} {it} can be dropped: without {them}, {gains_of(unneeded)}."
    return f"{lead} It is undecided whether {it.lower()} can be dropped: {undecided(unneeded)}."


def undecided(rows: Sequence[Row]) -> str:
    """Return why it is undecided whether candidates for removal can be dropped, as a clause."""
    if rows[0].get("measured_as") is not None:
        return str(rows[0]["reason"])
    return (
        f"the system was not measured without {'it' if len(rows) == 1 else 'them'} (set index_study_s in the profile)"
    )


def reasons(rows: Sequence[Row], run: Run) -> str:
    """Return why indexes are candidates: `12 are covered by another index; 7 were not used by this traffic, ...`.

    Args:
        rows: The index ledger's rows of these indexes.
        run: The run, for how many URLs its traffic covers.
    """
    redundant = sum(bool(row["overlap"]) for row in rows)
    unused = len(rows) - redundant
    clauses = [f"{redundant} {'is' if redundant == 1 else 'are'} covered by another index"] if redundant else []
    if unused:
        urls = run.catalogue.get("urls")
        coverage = f", which covers {urls['asked']:,} of {urls['all']:,} URLs" if urls else ""
        verb = "was" if unused == 1 else "were"
        clauses.append(
            f"{unused} {verb} not used by this traffic{coverage} (check production's index statistics first)"
        )
    return "; ".join(clauses)


def gains_of(rows: Sequence[Row]) -> str:
    """Return what it is like without indexes that can be dropped; empty without rows.

    `reads take at most 0.3% more time (estimate: 1.1% less time), writes take 4.9% less time (...) and each write adds
    20% less to the write-ahead log`.
    """
    if not rows:
        return ""
    effects = [(name, lookup.without_index(rows[0], key)) for name, key in KINDS[:2]]
    gains = [f"{name.lower()} take {_at_most(effect)}" for name, effect in effects if effect is not None]
    wal = rows[0].get("wal_per_write")
    if wal:
        gains.append(f"each write adds {estimates.relative(wal['after'] / wal['before']).value} to the write-ahead log")
    return units.listed(gains)


def _at_most(effect: Effect) -> str:
    """A significant gain as it is; of any other change, how much slower it may be at most."""
    if effect.verdict == "better" or effect.ratio is None or effect.high is None or effect.high <= 1:
        return str(estimates.paced(effect))
    return f"at most {estimates.pace(effect.high)} (estimate: {estimates.pace(effect.ratio)})"


def _without_them(rows: Sequence[Row], run: Run) -> Markup | None:
    """All candidates dropped at once: a row for each kind of request."""
    removed = together(rows)
    if removed is None:
        return None
    body: list[list[str | Markup]] = []
    for name, key in KINDS:
        effect = lookup.without_index(removed, key)
        if effect is not None:
            change = join([parts.change_of(effect), _worst(removed, key)])
            body.append([name, parts.levels(effect), change, parts.chip(effect.verdict)])
    wal = removed["wal_per_write"]
    if wal:
        levels = f"{units.size(wal['before'])} → {units.size(wal['after'])}"
        less = estimates.relative(wal["after"] / wal["before"]).value
        body.append(["Write-ahead log per write", levels, less, units.UNKNOWN])
    number = sum(row["redundant_or_unused"] for row in rows)
    with_and_without = "this index and without it" if number == 1 else f"these {number} indexes and without them"
    title = f"Everything on, with {with_and_without}" if run.factors else f"With {with_and_without}"
    return table(title, WITHOUT_COLUMNS, body)


def _row(row: Row) -> list[str | Markup]:
    build_time = None if row["build_s"] is None else below(f"built in {units.seconds(row['build_s'])}", whole=True)
    reason = row["use"] if row["redundant_or_unused"] else f"{row['use']}; {row['reason']}"
    entries = below(f"{units.count(row['entries'])} entries read", whole=True)
    return [
        join([element("span", row["name"]), below(f"{row['table']} ({', '.join(row['key'])})", tag="code")]),
        join([units.size(row["bytes"]), build_time]),
        units.UNKNOWN if row["scans"] is None else join([f"{row['scans']:,}", entries]),
        ", ".join(row["endpoints"]) or ("nothing" if row["scans"] == 0 else NO_PLAN),
        "dropped with the others" if row["measured_as"] == WITHOUT_CANDIDATES else _alone(row),
        join([parts.chip(row["verdict"]), below(reason)]),
    ]


def _alone(row: Row) -> str | Markup:
    """What dropping this one index does to reads and to writes."""
    lines = [
        join([below(name), parts.change_of(effect), _worst(row, key)])
        for name, key in KINDS
        if (effect := lookup.without_index(row, key)) is not None
    ]
    return join(lines) if lines else units.UNKNOWN


def _worst(row: Row, kind: str) -> Markup | None:
    """The endpoint that suffers most without an index."""
    worst = lookup.worst_without_index(row, kind)
    return below(f"{worst.endpoint} {estimates.change(worst)}") if worst else None


def _migrations(rows: Sequence[Row], run: Run) -> list[str]:
    texts = migration(droppable(rows), run.catalogue.get("migrations") or {})
    return [f"# {app}/migrations/\n{text}" for app, text in texts.items()]
