"""The plans of the queries of the checks, and the indexes that they ask for, each built and tried.

On copies of the templates, which nobody else uses: what is measured here is a query alone, not a request.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pandas as pd
import psycopg

from perflab.analysis.database.missing import Suggestion, serves, suggestions
from perflab.analysis.database.plan import indexes_of
from perflab.analysis.database.scans import scans_of
from perflab.experiment.observe.plans import Explained, explain
from perflab.experiment.testbed import Lab
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.tables import Row, rows_where
from perflab.servers.database import quoted
from perflab.servers.ownership import RUN_PREFIX

# Each index is tried with so many executions before it is there and after.
TIMES = 7
# And with so many of the queries that ask for it, the slowest.
MOST_TRIED = 5
TRYING_S = 60.0
SUGGESTED = "perflab_suggested"


@contextmanager
def copied(lab: Lab, template: str) -> Iterator[Any]:
    """A connection to a warm copy of a template, which goes afterwards."""
    name = f"{RUN_PREFIX}{lab.token}_copy"
    lab.database.clone(template, name)
    try:
        lab.database.prewarm(name)
        with lab.database.connect(name) as connection:
            yield connection
    finally:
        lab.database.drop(name)


def plans(lab: Lab, queries: pd.DataFrame) -> list[Row]:
    """The plan of the slowest of each endpoint's queries by its text, in all_off, in all_on and in all_on without caches.

    One EXPLAIN (ANALYZE) each: a second or two for some hundreds.
    """
    rows: list[Row] = []
    cells = dict.fromkeys((BASELINE, OPTIMISED, lab.uncached))
    for template in dict.fromkeys(lab.templates[cell] for cell in cells):
        with copied(lab, template) as connection:
            for cell in (cell for cell in cells if lab.templates[cell] == template):
                rows += _plans(connection, rows_where(queries, cell=cell))
    return rows


def _plans(connection: Any, queries: pd.DataFrame) -> Iterator[Row]:
    known = queries[queries["statement"].notna()]
    slowest = known.sort_values("seconds", ascending=False, kind="stable").drop_duplicates(["endpoint", "fingerprint"])
    for query in slowest.to_dict("records"):
        found = explain(connection, query["statement"])
        if found is not None:
            place = {name: query[name] for name in ("cell", "endpoint", "fingerprint", "statement")}
            yield {**place, "seconds": found.seconds, "plan": found.text}


def missing(lab: Lab, queries: pd.DataFrame, planned: list[Row]) -> list[Row]:
    """The indexes that all_on's queries ask for, whether its caches are on or off, each built on a copy and tried there.

    One that the database cannot build (a text too long, a type without an order) is left out. Each takes its own time; those that
    are not begun within TRYING_S are left out, too.
    """
    asked: dict[Suggestion, list[Row]] = {}
    for row in planned:
        if row["cell"] in (OPTIMISED, lab.uncached):
            for suggestion in suggestions(scans_of(json.loads(row["plan"]), row["statement"]), lab.indexes):
                asked.setdefault(suggestion, []).append(row)
    served = widest(asked)
    if not served:
        return []
    sources = queries.drop_duplicates(["endpoint", "fingerprint"]).set_index(["endpoint", "fingerprint"])["source"]
    tried: list[Row] = []
    until = time.monotonic() + TRYING_S
    with copied(lab, lab.templates[OPTIMISED]) as connection:
        for suggestion, rows in served.items():
            if time.monotonic() > until:
                break
            with suppress(psycopg.Error, sqlite3.Error):
                tried.append(_tried(connection, suggestion, rows))
    return [{**row, "source": sources.get((row["endpoint"], row["fingerprint"]))} for row in tried]


def widest(asked: Mapping[Suggestion, Sequence[Row]]) -> dict[Suggestion, list[Row]]:
    """The suggestions that no other one serves, each with all queries that it serves.

    Of those that differ in nothing but the index that they would replace, the first that names one stands for all.
    """
    alike: dict[tuple[str, Any], Suggestion] = {}
    for one in asked:
        key = one.table, one.columns
        if key not in alike or alike[key].instead_of is None:
            alike[key] = one
    return {
        longest: [row for one, rows in asked.items() if serves(longest, one) for row in rows]
        for longest in alike.values()
        if not any(other != longest and serves(other, longest) for other in alike.values())
    }


def _tried(connection: Any, suggestion: Suggestion, rows: Sequence[Row]) -> Row:
    """The query that the index gains most for, of the slowest that ask for it."""
    slowest = sorted(rows, key=lambda row: -(row["seconds"] or 0))[:MOST_TRIED]
    before = [explain(connection, row["statement"], TIMES) for row in slowest]
    columns = ", ".join(quoted(name) + " DESC" * descending for name, descending in suggestion.columns)
    connection.execute(f"CREATE INDEX {quoted(SUGGESTED)} ON {quoted(suggestion.table)} ({columns})")
    try:
        after = [explain(connection, row["statement"], TIMES) for row in slowest]
        size = _bytes(connection, SUGGESTED)
    finally:
        connection.execute(f"DROP INDEX {quoted(SUGGESTED)}")
    best = max(zip(slowest, before, after, strict=True), key=lambda one: _saved_s(*one[1:]))
    row, was, became = best
    return {
        "endpoint": row["endpoint"],
        "fingerprint": row["fingerprint"],
        "table": suggestion.table,
        "model": _model(suggestion.table),
        "columns": json.dumps(
            [f"{'-' * descending}{_field(suggestion.table, name)}" for name, descending in suggestion.columns]
        ),
        "instead_of": suggestion.instead_of,
        "before_s": was.seconds if was else None,
        "after_s": became.seconds if became else None,
        "used": None if became is None else SUGGESTED in indexes_of(became.plan),
        "bytes": size,
    }


def _bytes(connection: Any, index: str) -> int | None:
    """The size of an index; SQLite tells it nobody."""
    if isinstance(connection, sqlite3.Connection):
        return None
    return int(connection.execute("SELECT pg_relation_size(%s::regclass)", [index]).fetchone()[0])


def _saved_s(before: Explained | None, after: Explained | None) -> float:
    """How much an index that is used saves; less than nothing where it is not used or nobody knows."""
    if before is None or after is None or before.seconds is None or after.seconds is None:
        return -1.0
    return before.seconds - after.seconds if SUGGESTED in indexes_of(after.plan) else -1.0


def _models() -> dict[str, type]:
    from django.apps import apps

    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def _model(table: str) -> str | None:
    model = _models().get(table)
    return None if model is None else model._meta.label  # type: ignore[attr-defined]  # Django's, known at run time


def _field(table: str, column: str) -> str:
    """A column's field, by which models.Index names it."""
    model = _models().get(table)
    fields = [] if model is None else model._meta.local_fields  # type: ignore[attr-defined]  # as above
    return next((field.name for field in fields if field.column == column), column)
