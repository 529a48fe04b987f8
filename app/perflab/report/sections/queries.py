"""Database queries: how many a request makes, which repeat in it, and which take longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perflab import units
from perflab.analysis.database.bypass import CLASSES as BYPASSING
from perflab.analysis.database.mistakes.findings import CLASSES
from perflab.analysis.database.queries import REPEATED, is_switched_off, optimised_cells
from perflab.analysis.places import shortened
from perflab.report import lookup
from perflab.report.html import Column, Markup, Section, below, bullets, element, join, note, paragraph, section, table
from perflab.report.lookup import Row
from perflab.run.cells import BASELINE, OPTIMISED, everything_on
from perflab.run.records import Finding
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "queries"
HEADING = "Database queries"
NOTHING = "No request had its queries recorded."
NAMES = {BASELINE: "Everything off", OPTIMISED: "Everything on"}
CACHES_OFF = "Caches off"
# Of a run without factors.
COLUMNS_ALONE = [Column("Endpoint"), Column("Queries", True), Column("Most repeated on average"), Column("Slowest")]
# The endpoints shown are those that spend most time in queries with everything off.
MAX_ENDPOINTS = 10
NOTE = (
    "Counted in the check requests, whose queries were recorded one by one: those of the first round and, for each read that "
    "repeats queries, the measured request with the most repetitions, sent again as a check request. Counts, times and rows are "
    "means per check request: they show where to look first and are not exact costs. {}summary.json has the full queries of all "
    "endpoints and cells under “queries”."
)
NOTE_OF_CACHES = "“Caches off” has all other switches on, so that cache hits do not hide queries. "


def build(summary: Summary, run: Run) -> Section:
    """Return the query ledger: a row for each of the endpoints that spend most time in queries."""
    rows = summary.queries
    if not rows:
        return section(ID, HEADING, paragraph(NOTHING))
    mistakes = [each for each in lookup.findings(summary, CLASSES) if not is_switched_off(each)]
    mistakes = [each for each in mistakes if each not in lookup.lacking(summary)]  # those have a section of their own
    bypassing = lookup.findings(summary, BYPASSING)
    cells, slowest_in = _cells(run), optimised_cells(run.scenario, run.factors)[-1]
    names = _by_time(rows, BASELINE)
    shown = [_Endpoint.of(name, rows, cells, slowest_in) for name in names[:MAX_ENDPOINTS]]
    more = len(names) - len(shown)
    caption = "Queries per request" + (f": the {len(shown)} endpoints with the most query time" if more else "")
    columns = [
        Column("Endpoint"), *(Column(NAMES.get(cell, CACHES_OFF), True) for cell in cells),
        Column("Most repeated on average, everything off"), Column(f"Slowest, {NAMES.get(slowest_in, CACHES_OFF).lower()}"),
    ]  # fmt: skip
    if not run.factors:
        columns = COLUMNS_ALONE
    cached = slowest_in != everything_on(run.factors)
    return section(
        ID, HEADING,
        paragraph(_lead([each for each in mistakes if each.kind == REPEATED], names, rows, cached, run), "lead"),
        bullets(finding.sentence for finding in [*mistakes, *bypassing]),
        table(caption, columns, [endpoint.row() for endpoint in shown], stacked=True),
        paragraph(_elsewhere(more)), paragraph(_commit(summary)), note(NOTE.format(NOTE_OF_CACHES if cached else "")),
    )  # fmt: skip


def _elsewhere(more: int) -> str | None:
    """Where the endpoints are that the table leaves out."""
    return f"{more} more {'endpoint is' if more == 1 else 'endpoints are'} in summary.json." if more else None


def _commit(summary: Summary) -> str | None:
    """COMMIT is none of the queries: what it takes by itself, where anything was committed."""
    alone = lookup.level(summary, metric="commit_time_s")
    if alone is not None and alone["estimate"]:
        mean = units.seconds(alone["estimate"])
        return f"COMMIT takes another {mean} per request on average; deferred foreign keys are checked there."
    effect = lookup.effect(summary, metric="commit_time_s")
    if effect is None or not (effect.before or effect.after):
        return None
    return (
        f"COMMIT takes another {units.seconds(effect.before)} per request with everything off and {units.seconds(effect.after)} "
        "with everything on, on average over all requests; deferred foreign keys are checked there."
    )


def _cells(run: Run) -> list[str]:
    """Everything off, everything on but the caches, everything on; without caches, the first and the last."""
    return list(dict.fromkeys([BASELINE, *reversed(optimised_cells(run.scenario, run.factors))]))


def _by_time(rows: Sequence[Row], cell: str) -> list[str]:
    """All endpoints, the one that spends most time in queries in a cell first."""
    spent: dict[str, float] = {}
    for row in rows:
        spent[row["endpoint"]] = spent.get(row["endpoint"], 0.0) + (row["seconds"] if row["cell"] == cell else 0.0)
    return sorted(spent, key=lambda name: (-spent[name], name))


def _lead(findings: Sequence[Finding], names: Sequence[str], rows: Sequence[Row], cached: bool, run: Run) -> str:
    before = len({row["endpoint"] for row in rows if row["cell"] == BASELINE and row["repeated"]})
    repeat = "repeats" if before == 1 else "repeat"
    of_all = f"{before} of the {len(names)} endpoints that make queries"
    if not run.factors:
        return f"{of_all[0].upper()}{of_all[1:]} {repeat} a query within one request."
    sentence = f"With everything off, {of_all} {repeat} a query within one request"
    if not findings:
        return f"{sentence}; with everything on, none does{', whether on a cache hit or a miss' if cached else ''}."
    after = len({finding.endpoint for finding in findings})
    return f"{sentence}; with everything on, {after} still {'does' if after == 1 else 'do'}."


@dataclass(frozen=True)
class _Endpoint:
    """One endpoint's part of the ledger: its queries in each cell, and the queries to look at first."""

    name: str
    counts: Sequence[float]
    most_repeated: Row | None
    slowest: Row | None

    @classmethod
    def of(cls, name: str, rows: Sequence[Row], cells: Sequence[str], slowest_in: str) -> _Endpoint:
        """Return the part of one endpoint.

        Args:
            name: The endpoint.
            rows: The whole ledger.
            cells: The cells to count in, the baseline first.
            slowest_in: The cell whose slowest query is shown; one without caches, because a hit hides slow queries.
        """
        by_cell = {cell: [row for row in rows if (row["endpoint"], row["cell"]) == (name, cell)] for cell in cells}
        repeated = [row for row in by_cell[cells[0]] if row["most"] > 1]
        return cls(
            name,
            [float(sum(row["times"] for row in of_cell)) for of_cell in by_cell.values()],
            max(repeated, key=lambda row: (row["times"], row["fingerprint"]), default=None),
            max(by_cell[slowest_in], key=lambda row: (row["seconds"], row["fingerprint"]), default=None),
        )

    def row(self) -> list[str | Markup]:
        """Return the cells of the table's row."""
        return [self.name, *map(units.count, self.counts), _query(self.most_repeated), _query(self.slowest)]


def _query(row: Row | None) -> str | Markup:
    """A query: its figures, its text, and the code that makes it."""
    if row is None:
        return units.UNKNOWN
    origin = [below(where) for where in (row["relation"], row["source"]) if where]
    return join([element("span", _figures(row)), below(shortened(row["fingerprint"]), tag="code"), *origin])


def _figures(row: Row) -> str:
    rows = "" if row["rows"] is None else f", {units.counted(row['rows'], 'row')}"
    return f"{units.count(row['times'])} per request, {units.seconds(row['seconds'])}{rows}"
