"""Which queries are asked: how many a request makes, which repeat in it, and which take longest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.analysis.database.queries import optimised_cells
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.store import Run

Summary = Mapping[str, Any]
Row = Mapping[str, Any]

HEADING = "Which queries are asked"
WORDS = {BASELINE: "Everything off", OPTIMISED: "Everything on"}
LONGEST = 110
# As many endpoints are shown, those that spend most time in queries with everything off.
MOST = 10
NOTE = (
    "Counted in the checks of the first round, whose queries were noted one by one. Queries, times and rows are means per "
    "request of the checks: they say what to look at first, rather than what it costs. Caches off: everything else on, for a hit "
    "makes no query. All queries of all endpoints and cells, with their whole text, are in summary.json under “queries”."
)


def queries(summary: Summary, run: Run) -> Section:
    """The section of the page."""
    rows = summary.get("queries") or []
    found = [finding for finding in summary.get("findings") or [] if finding["class"] == "repeated_query"]
    if not rows:
        said = "No request had its queries noted one by one."
        return section("queries", HEADING, element("p", said), text=said)
    cells, looked_at = _cells(run), optimised_cells(run.scenario, run.factors)[-1]
    endpoints = _by_time(rows, BASELINE)
    shown = [_Endpoint.of(name, rows, cells, looked_at) for name in endpoints[:MOST]]
    lead = _lead(found, endpoints, rows)
    more = len(endpoints) - len(shown)
    caption = "Queries per request" + (f", of the {len(shown)} endpoints that spend most time in them" if more else "")
    heads = [Column(WORDS.get(cell, "Caches off"), True) for cell in cells]
    longest = f"Takes longest, {WORDS.get(looked_at, 'Caches off').lower()}"
    columns = [Column("Endpoint"), *heads, Column("Repeats most, everything off"), Column(longest)]
    lines = [lead, *(f"- {finding['sentence']}" for finding in found), *(one.line() for one in shown)]
    return section(
        "queries", HEADING, element("p", lead, class_="lead"),
        element("ul", *(element("li", finding["sentence"]) for finding in found)) if found else None,
        table(caption, columns, [one.row() for one in shown], stacked=True),
        element("p", f"{more} more endpoints are in summary.json.") if more else None,
        element("p", NOTE, class_="note"), text="\n".join(lines),
    )  # fmt: skip


def _cells(run: Run) -> list[str]:
    """Everything off, all but the caches on, everything on; where there are no caches to leave off, the first and the last."""
    return list(dict.fromkeys([BASELINE, *reversed(optimised_cells(run.scenario, run.factors))]))


def _by_time(rows: Sequence[Row], cell: str) -> list[str]:
    """All endpoints, those that spend most time in queries in a cell first."""
    spent: dict[str, float] = {}
    for row in rows:
        spent[row["endpoint"]] = spent.get(row["endpoint"], 0.0) + (row["seconds"] if row["cell"] == cell else 0.0)
    return sorted(spent, key=lambda name: (-spent[name], name))


def _lead(found: Sequence[Row], endpoints: Sequence[str], rows: Sequence[Row]) -> str:
    before = {row["endpoint"] for row in rows if row["cell"] == BASELINE and row["repeated"]}
    said = f"{len(before)} of the {len(endpoints)} endpoints that were checked repeat a query in one request with everything off"
    if not found:
        return f"{said}; none does with everything on, whether the cache has the answer or not."
    after = {finding["endpoint"] for finding in found}
    return f"{said}; {len(after)} still {'does' if len(after) == 1 else 'do'} with everything on."


@dataclass(frozen=True)
class _Endpoint:
    """One endpoint's part of the ledger: `times` it asks in each cell, and the queries to look at first."""

    name: str
    times: Sequence[float]
    most: Row | None
    slowest: Row | None

    @classmethod
    def of(cls, name: str, rows: Sequence[Row], cells: Sequence[str], looked_at: str) -> _Endpoint:
        """`looked_at`: the cell whose slowest query is told, one without caches, for a hit hides what is slow."""
        mine = {cell: [row for row in rows if (row["endpoint"], row["cell"]) == (name, cell)] for cell in cells}
        before = [row for row in mine[cells[0]] if row["most"] > 1]
        return cls(
            name,
            [float(sum(row["times"] for row in some)) for some in mine.values()],
            max(before, key=lambda row: (row["times"], row["fingerprint"]), default=None),
            max(mine[looked_at], key=lambda row: (row["seconds"], row["fingerprint"]), default=None),
        )

    def row(self) -> list[str | Markup]:
        return [self.name, *map(units.count, self.times), _query(self.most), _query(self.slowest)]

    def line(self) -> str:
        said = f"{self.name}: {' → '.join(map(units.count, self.times))} queries per request"
        if self.most is not None:
            said += f"; repeats most: {_figures(self.most)}, {shortened(self.most['fingerprint'])}"
        if self.slowest is not None:
            said += f"; takes longest: {_figures(self.slowest)}, {shortened(self.slowest['fingerprint'])}"
        return said


def _query(row: Row | None) -> str | Markup:
    """A query: figures, its text, and where it comes from."""
    if row is None:
        return units.UNKNOWN
    whence = [row["relation"], row["source"]]
    text = below(shortened(row["fingerprint"]), tag="code")
    return join([element("span", _figures(row)), text, *(below(w) for w in whence if w)])


def _figures(row: Row) -> str:
    times = f"{units.count(row['times'])}×"
    rows = "" if row["rows"] is None else f", {units.counted(row['rows'], 'row')}"
    return f"{times}, {units.seconds(row['seconds'])}{rows}"


def shortened(sql: str, longest: int = LONGEST) -> str:
    """A text that is as long as a line, without quotes: the columns of a SELECT say least, so they go first."""
    sql = sql.replace('"', "")
    head, from_, tail = sql.partition(" FROM ")
    if head.startswith("SELECT ") and from_ and len(sql) > longest:
        sql = f"SELECT … FROM {tail}"
    return units.cut(sql, longest)
