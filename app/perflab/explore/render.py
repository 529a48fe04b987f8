"""One request as a notebook displays it: what was sent, its cost in every cell, what was recorded of it, and what was not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Self

import pandas as pd

from perflab import units
from perflab.analysis.places import shortened
from perflab.explore.recorded import at
from perflab.explore.recorded import cells as cells_recorded
from perflab.explore.request import Request, in_words
from perflab.explore.tables import STYLE
from perflab.explore.values import MAX_LENGTH, count, cut, number, text
from perflab.report import lookup
from perflab.report.html import Column, Markup, Section, below, code_block, element, join, table
from perflab.report.sections import profile
from perflab.report.sections.plans import outline
from perflab.run.cells import BASELINE, everything_on
from perflab.run.phases import PROFILE
from perflab.run.tables import rows_where

MAX_ROWS = 12  # of a table; the DataFrame has all
UNRECORDED = "Not recorded: the responses themselves (their digests are compared), and the headers that were sent."


class ShownRequest(Request):
    """A Request that displays itself in a notebook or a shell."""

    def __repr__(self) -> str:
        return section_of(self).text

    def _repr_html_(self) -> str:
        return STYLE + section_of(self)._repr_html_()

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the same request as one that displays itself."""
        return cls(request.run, request.round, request.step, request.cell, request.why)


def section_of(request: Request) -> Section:
    """Return all parts of a request, one after the other."""
    parts = (_sent, _samples, _responses, _queries, _operations, _plan, _profile)
    markup = join(piece for part in parts for piece in part(request))
    return Section(join([markup, _p(UNRECORDED)]))


def _p(sentence: str) -> Markup:
    return element("p", sentence)


def _sent(request: Request) -> Iterator[Markup]:
    sent = request.sent
    user = f"as user {sent['user']}" if sent["user"] is not None else "without a user"
    when = f"step {request.step} of round {request.round}, {units.seconds(sent['at_s'])} into its traffic"
    after = f" Reads back what step {sent['affected_by']} wrote." if sent["affected_by"] is not None else ""
    yield element("h3", element("code", f"{sent['method']} {sent['path']}"))
    yield _p(f"{request.endpoint}, {user}: {when}. {request.why}{after}")
    if sent["body"] is not None:
        yield code_block(cut(str(sent["body"])))


def _samples(request: Request) -> Iterator[Markup]:
    rows = request.samples
    if rows.empty:
        yield _p("No cell replayed it.")
        return
    columns = [
        Column("Cell"), Column("Status", True), Column("Service time", True), Column("Application CPU", True),
        Column("Database CPU", True), Column("Cache CPU", True), Column("Queries", True), Column("Cache hits, misses", True),
        Column("Response"), Column("Phase"),
    ]  # fmt: skip
    base = rows_where(rows, cell=BASELINE)["response_digest"]
    expected = base.iloc[0] if len(base) else None
    body = [_sample(row, expected, request.cell, compared=bool(request.run.factors)) for row in rows.to_dict("records")]
    yield table("The same request in every cell", columns, body)


def _sample(row: Mapping[Any, Any], expected: Any, cell: str, *, compared: bool) -> list[str | Markup]:
    name = f"{row['cell']} (selected)" if row["cell"] == cell else str(row["cell"])
    return [
        name,
        count(row["status"]).replace(",", ""),
        *(units.seconds(number(row[metric])) for metric in ("latency_s", "app_cpu_s", "db_cpu_s", "cache_cpu_s")),
        count(row["query_count"]),
        f"{count(row['cache_hits'])}, {count(row['cache_misses'])}",
        _same(row, expected, compared=compared),
        str(row["phase"]),
    ]


def _same(row: Mapping[Any, Any], expected: Any, *, compared: bool) -> str:
    """A response's size, and whether it is the baseline's."""
    if not pd.isna(row["error"]):
        return f"failed: {cut(str(row['error']))}"
    size = units.size(number(row["response_bytes"]))
    if row["cell"] == BASELINE:
        return f"{size}, baseline" if compared else size
    if pd.isna(row["response_digest"]) or expected is None or pd.isna(expected):
        return f"{size}, not compared"
    return f"{size}, the same" if row["response_digest"] == expected else f"{size}, differs"


def _responses(request: Request) -> Iterator[Markup]:
    """Where responses differ, if that was saved; else whether they do."""
    saved, digests = request.differences, request.samples["response_digest"].dropna()
    if len(saved):
        names = {"cell": "Cell", "pointer": "Place", "kind": "Kind", "expected": "Expected", "got": "Received"}
        body = [[text(row[name]) for name in names] for row in saved.to_dict("records")]
        yield table("Differences from the baseline's response", [Column(word) for word in names.values()], body)
    elif digests.nunique() > 1:
        yield _p(
            "The cells' responses differ. The differences were not saved for this request: only a few requests per "
            "endpoint have them saved."
        )
    elif len(digests) > 1:
        yield _p("Every cell returned the same response.")
    else:
        yield _p("Its responses could not be compared.")


def _queries(request: Request) -> Iterator[Markup]:
    if request.recorded.place is None:
        yield _p("No queries or cache operations of this endpoint were recorded.")
        return
    yield _p(_source(request))
    for cell in list(dict.fromkeys([request.cell, BASELINE, everything_on(request.run.factors)]))[:2]:
        queries = request.recorded.queries_in(cell)
        if cell not in cells_recorded(request.run):
            yield _p(f"Nothing was recorded in the cell {cell}.")
        elif queries.empty:
            yield _p(f"With {in_words(cell, request.run.factors)} it made no queries.")
        else:
            columns = [
                Column("Query"),
                Column("Count", True),
                Column("Total", True),
                Column("Rows", True),
                Column("Code"),
            ]
            body = [_query(row) for row in queries.head(MAX_ROWS).to_dict("records")]
            where = in_words(cell, request.run.factors)
            caption = f"Queries with {where}: {int(queries['times'].sum()):,} in total{_more(len(queries))}"
            yield table(caption, columns, body)


def _source(request: Request) -> str:
    """Whether the queries are this very request's; whose they are, if not."""
    recorded = request.recorded
    if recorded.own or recorded.place is None:
        return "Its queries and cache operations were recorded, because it is a check request."
    number_, step = recorded.place
    check = at(request.run.trace, recorded.place)
    what = f" ({check.iloc[0]['method']} {check.iloc[0]['path']})" if len(check) else ""
    return (
        "The queries and cache operations of this request were not recorded. Those below belong to a check request of "
        f"{request.endpoint}, step {step} of round {number_}{what}: of {recorded.of:,} such requests, the one with the most "
        "query time."
    )


def _query(row: Mapping[Any, Any]) -> list[str | Markup]:
    source, relation = (text(row[name]) for name in ("source", "relation"))
    return [
        element("code", shortened(str(row["fingerprint"]), MAX_LENGTH)),
        count(row["times"]),
        units.seconds(number(row["seconds"])),
        count(row["rows"]),
        join([element("span", source), below(relation) if relation != units.UNKNOWN else None]),
    ]


def _operations(request: Request) -> Iterator[Markup]:
    if request.recorded.place is None or request.cell not in cells_recorded(request.run):
        return  # the part above has the reason
    rows = request.recorded.operations_in(request.cell)
    if rows.empty:
        yield _p(f"With {in_words(request.cell, request.run.factors)} it did not use a cache.")
        return
    columns = [
        Column(name, name in ("TTL", "Size")) for name in ("Cache operation", "Key", "Result", "TTL", "Size", "Code")
    ]
    body = [_operation(row) for row in rows.head(MAX_ROWS).to_dict("records")]
    yield table(f"Cache operations with {in_words(request.cell, request.run.factors)}{_more(len(rows))}", columns, body)


def _operation(row: Mapping[Any, Any]) -> list[str | Markup]:
    hit = units.UNKNOWN if pd.isna(row["hit"]) else ("hit" if row["hit"] else "miss")
    ttl = units.UNKNOWN
    if row["name"] == "set":
        ttl = "none" if pd.isna(row["ttl_s"]) else units.clock(number(row["ttl_s"]))
    size, source = units.size(number(row["bytes"])), text(row["source"])
    return [str(row["name"]), element("code", text(row["key"])), hit, ttl, size, source]


def _plan(request: Request) -> Iterator[Markup]:
    row = request.plan
    if row is None:
        yield _p("No plan of a query of this endpoint was recorded.")
        return
    where, seconds = in_words(str(row["cell"]), request.run.factors), units.seconds(row["seconds"])
    yield _p(f"Plan of its slowest query with {where}, {seconds} when executed by itself")

    yield code_block(shortened(str(row["statement"]), MAX_LENGTH))
    yield code_block("\n".join(outline(json.loads(row["plan"]))))


def _profile(request: Request) -> Iterator[Markup]:
    row = request.profile
    if row is None:
        failed = request.run.failed_stages.get(PROFILE)
        yield _p(f"The profile ended early: {failed}." if failed else f"{request.endpoint} was not profiled.")
        return
    yield _p(
        f"{request.endpoint} takes {units.seconds(row['service_s'])} on average{lookup.with_everything_on(request.run)}: "
        f"{profile.in_words(row)} ({row['samples']:,} samples)."
    )
    lines = sorted(row["lines"], key=lambda line: -line["seconds"])[:MAX_ROWS]
    if lines:
        body = [[element("code", line["source"]), units.seconds(line["seconds"])] for line in lines]
        columns = [Column("Line of the project"), Column("Time per average request", True)]
        yield table("Its slowest lines, including the library code they call", columns, body)


def _more(rows: int) -> str:
    return f", the first {MAX_ROWS} of {rows:,}" if rows > MAX_ROWS else ""
