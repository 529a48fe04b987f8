"""One request as a notebook shows it: what was sent, what it cost in every cell, what was noted of it, and what was not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

import pandas as pd

from perflab import units
from perflab.explore.parts import LONGEST, Part, code, count, cut, joined, number, rows_of, said, text
from perflab.explore.recorded import at
from perflab.explore.recorded import cells as cells_noted
from perflab.explore.request import Request, in_words
from perflab.explore.tables import STYLE
from perflab.report.html import Column, Markup, Section, below, element, join
from perflab.report.sections.plans import outline
from perflab.report.sections.profile import WORDS
from perflab.report.sections.queries import shortened
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.tables import PARTS, rows_where

MOST = 12  # rows of a table; the DataFrame has all
UNRECORDED = "Not recorded: the answers themselves (their digests are compared), and the headers that were sent."


class ShownRequest(Request):
    """A Request that a notebook or a shell shows by itself."""

    def __repr__(self) -> str:
        return request(self).text

    def _repr_html_(self) -> str:
        return STYLE + request(self)._repr_html_()

    @classmethod
    def of(cls, found: Request) -> Self:
        return cls(found.run, found.round, found.step, found.cell, found.why)


def request(found: Request) -> Section:
    """All parts, one after the other."""
    parts = [
        _sent(found), _samples(found), _answer(found), _queries(found), _operations(found), _plan(found), _profile(found),
        said(UNRECORDED),
    ]  # fmt: skip
    return Section(*joined(parts, "\n\n"))


def _sent(found: Request) -> Part:
    sent = found.sent
    caller = f"as user {sent['user']}" if sent["user"] is not None else "as nobody"
    line = f"{sent['method']} {sent['path']}"
    when = f"step {found.step} of round {found.round}, {units.seconds(sent['at_s'])} into its traffic"
    where = f"{found.endpoint}, {caller}: {when}"
    after = f" Reads back what step {sent['affected_by']} wrote." if sent["affected_by"] is not None else ""
    body = None if sent["body"] is None else cut(str(sent["body"]))
    heading = (element("h3", element("code", line)), line)
    return joined([heading, said(f"{where}. {found.why}{after}"), *([code(body)] if body else [])])


def _samples(found: Request) -> Part:
    rows = found.samples
    if rows.empty:
        return said("No cell replayed it.")
    columns = [
        Column("Cell"), Column("Status", True), Column("Service time", True), Column("Application CPU", True),
        Column("Database CPU", True), Column("Cache CPU", True), Column("Queries", True), Column("Cache hits, misses", True),
        Column("Answer"), Column("Phase"),
    ]  # fmt: skip
    base = rows_where(rows, cell=BASELINE)["response_digest"]
    expected = base.iloc[0] if len(base) else None
    body = [_sample(row, expected, found.cell) for row in rows.to_dict("records")]
    return rows_of("The same request in every cell", columns, body)


def _sample(row: Mapping[Any, Any], expected: Any, cell: str) -> list[str | Markup]:
    name = f"{row['cell']} (looked at)" if row["cell"] == cell else str(row["cell"])
    return [
        name,
        count(row["status"]).replace(",", ""),
        *(units.seconds(number(row[metric])) for metric in ("latency_s", "app_cpu_s", "db_cpu_s", "cache_cpu_s")),
        count(row["query_count"]),
        f"{count(row['cache_hits'])}, {count(row['cache_misses'])}",
        _same(row, expected),
        str(row["phase"]),
    ]


def _same(row: Mapping[Any, Any], expected: Any) -> str:
    if not pd.isna(row["error"]):
        return f"failed: {cut(str(row['error']))}"
    size = units.size(number(row["response_bytes"]))
    if row["cell"] == BASELINE:
        return f"{size}, the baseline's"
    if pd.isna(row["response_digest"]) or expected is None or pd.isna(expected):
        return f"{size}, compared with none"
    return f"{size}, the same" if row["response_digest"] == expected else f"{size}, differs"


def _answer(found: Request) -> Part:
    """The places in which answers differ; of an answer that differs without, it says that none were kept."""
    kept = found.differences
    if len(kept):
        columns = [Column("Cell"), Column("Place"), Column("Kind"), Column("Expected"), Column("Got")]
        body = [
            [text(row[name]) for name in ("cell", "pointer", "kind", "expected", "got")]
            for row in kept.to_dict("records")
        ]
        return rows_of("Where its answers are not the baseline's", columns, body)
    digests = found.samples["response_digest"].dropna()
    if digests.nunique() > 1:
        return said(
            "Its answers are not all alike. In which places was not kept of this request: a few are kept per endpoint."
        )
    return said("Every cell gave the same answer." if len(digests) > 1 else "Its answers could not be compared.")


def _queries(found: Request) -> Part:
    noted = found.noted
    if noted.place is None:
        return said("No query and no cache operation of this endpoint was noted one by one.")
    cells = list(dict.fromkeys([found.cell, BASELINE, OPTIMISED]))
    parts = [said(_whose(found))]
    known = cells_noted(found.run)
    for cell in cells[:2]:
        asked = noted.asked(cell)
        if cell not in known:
            parts.append(said(f"In the cell {cell} nothing was noted."))
            continue
        if asked.empty:
            parts.append(said(f"With {in_words(cell)} it asked no query."))
            continue
        columns = [
            Column("Query"),
            Column("Times", True),
            Column("In all", True),
            Column("Rows", True),
            Column("Asked at"),
        ]
        body = [_query(row) for row in asked.head(MOST).to_dict("records")]
        times = int(asked["times"].sum())
        parts.append(rows_of(f"Queries with {in_words(cell)}: {times:,} in all{_more(len(asked))}", columns, body))
    return joined(parts)


def _whose(found: Request) -> str:
    """Whether the queries are this very request's; whose they are, if not."""
    noted = found.noted
    if noted.own:
        return "Its queries and cache operations were noted one by one, for it is a check."
    assert noted.place is not None
    number_, step = noted.place
    check = at(found.run.trace, noted.place)
    what = f" ({check.iloc[0]['method']} {check.iloc[0]['path']})" if len(check) else ""
    return (
        f"The queries and cache operations of this very request were not noted. What follows is of a check of {found.endpoint}, "
        f"step {step} of round {number_}{what}: of {noted.of:,} checks the one that spent most time in queries."
    )


def _query(row: Mapping[Any, Any]) -> list[str | Markup]:
    whence = [text(row[name]) for name in ("source", "relation")]
    return [
        element("code", shortened(str(row["fingerprint"]), LONGEST)),
        count(row["times"]),
        units.seconds(number(row["seconds"])),
        count(row["rows"]),
        join([element("span", whence[0]), below(whence[1]) if whence[1] != units.UNKNOWN else None]),
    ]


def _operations(found: Request) -> Part:
    if found.noted.place is None or found.cell not in cells_noted(found.run):
        return join([]), ""  # said already
    rows = found.noted.operated(found.cell)
    if rows.empty:
        return said(f"With {in_words(found.cell)} it did nothing with a cache.")
    heads = ("Cache operation", "Key", "Found", "Lives", "Size", "At")
    columns = [Column(head, head in ("Lives", "Size")) for head in heads]
    body = [_operation(row) for row in rows.head(MOST).to_dict("records")]
    return rows_of(f"Cache operations with {in_words(found.cell)}{_more(len(rows))}", columns, body)


def _operation(row: Mapping[Any, Any]) -> list[str | Markup]:
    hit = units.UNKNOWN if pd.isna(row["hit"]) else ("hit" if row["hit"] else "miss")
    known = row["name"] == "set"
    lives = ("for ever" if pd.isna(row["ttl_s"]) else units.clock(number(row["ttl_s"]))) if known else units.UNKNOWN
    size, whence = units.size(number(row["bytes"])), text(row["source"])
    return [str(row["name"]), element("code", text(row["key"])), hit, lives, size, whence]


def _plan(found: Request) -> Part:
    row = found.plan
    if row is None:
        return said("No plan of a query of this endpoint was read.")
    lines = "\n".join(outline(json.loads(row["plan"])))
    statement = shortened(str(row["statement"]), LONGEST)
    head = f"Plan of its slowest query with {in_words(str(row['cell']))}, {units.seconds(row['seconds'])} when it was asked alone"
    return joined([said(head), code(statement), code(lines)])


def _profile(found: Request) -> Part:
    row = found.profile
    if row is None:
        failed = found.run.failed_passes.get("profile")
        return said(f"The profile ended early: {failed}." if failed else f"{found.endpoint} was not profiled.")
    ordered = sorted(PARTS, key=lambda part: -row["parts"][part]["share"])
    known = [(WORDS[part][1], row["parts"][part]["share"]) for part in ordered]
    shares = [f"{units.percent(share, 0)} {words}" for words, share in known if share >= 0.01]
    lead = (
        f"Where the time of {found.endpoint} goes with everything on, {units.seconds(row['service_s'])} on average: "
        f"{', '.join(shares)} ({row['samples']:,} samples)."
    )
    lines = sorted(row["lines"], key=lambda line: -line["seconds"])[:MOST]
    if not lines:
        return said(lead)
    body = [[element("code", line["source"]), units.seconds(line["seconds"])] for line in lines]
    columns = [Column("Line of the project"), Column("Of an average request", True)]
    return joined(
        [said(lead), rows_of("Its heaviest lines, with what they call outside of the project", columns, body)]
    )


def _more(rows: int) -> str:
    return f", the first {MOST} of {rows:,}" if rows > MOST else ""
