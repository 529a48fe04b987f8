"""The plans of the checks' queries, and the indexes that these plans call for, each built and tried.

This uses copies of the templates: it measures single queries, not requests.
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
from perflab.experiment.observe.ordering import open_order
from perflab.experiment.observe.plans import Explained, explain
from perflab.experiment.testbed import Testbed
from perflab.run.cells import BASELINE
from perflab.run.tables import Row, rows_where
from perflab.scenario.lookups import index_of
from perflab.servers.database import quoted
from perflab.servers.ownership import RUN_PREFIX

# Executions of a query without the index, and as many with it.
EXECUTIONS = 7
# The number of queries that an index is tried with: the slowest that call for it.
MAX_TRIED = 5
BUDGET_S = 60.0
SUGGESTED = "perflab_suggested"


@contextmanager
def scratch_copy(testbed: Testbed, template: str) -> Iterator[Any]:
    """Connect to a warm copy of a template, and drop the copy afterwards."""
    name = f"{RUN_PREFIX}{testbed.token}_copy"
    testbed.servers.database.clone(template, name)
    try:
        testbed.servers.database.prewarm(name)
        with testbed.servers.database.connect(name) as connection:
            yield connection
    finally:
        testbed.servers.database.drop(name)


def plans(testbed: Testbed, queries: pd.DataFrame) -> list[Row]:
    """Return the plan of each endpoint's slowest query of each text, in all_off, all_on, and all_on without caches.

    One EXPLAIN (ANALYZE) each, and one execution with its sort keys: a few seconds for some hundreds.

    Args:
        testbed: What all rounds of the run share.
        queries: The table `queries` of the run.
    """
    rows: list[Row] = []
    cells = dict.fromkeys((BASELINE, testbed.everything_on, testbed.uncached))
    for template in dict.fromkeys(testbed.prepared.templates[cell] for cell in cells):
        with scratch_copy(testbed, template) as connection:
            for cell in (cell for cell in cells if testbed.prepared.templates[cell] == template):
                rows += _plans(connection, rows_where(queries, cell=cell))
    return rows


def _plans(connection: Any, queries: pd.DataFrame) -> Iterator[Row]:
    complete = queries[queries["statement"].notna()]
    slowest = complete.sort_values("seconds", ascending=False, kind="stable").drop_duplicates(
        ["endpoint", "fingerprint"]
    )
    for query in slowest.to_dict("records"):
        explained = explain(connection, query["statement"])
        if explained is not None:
            place = {name: query[name] for name in ("cell", "endpoint", "fingerprint", "statement")}
            order = open_order(connection, query["statement"])
            yield {**place, "seconds": explained.seconds, "plan": explained.text, "open_order": order}


def missing(testbed: Testbed, queries: pd.DataFrame, planned: list[Row]) -> list[Row]:
    """Build the indexes that all_on's plans call for, with caches on or off, on a copy, and try each there.

    An index that the database cannot build (a text too long, a type without an order) is left out, and so is one that BUDGET_S
    does not reach.

    Args:
        testbed: What all rounds of the run share.
        queries: The table `queries` of the run.
        planned: The table `plans` of the run.

    Returns:
        The rows of the table `suggestions`.
    """
    calling: dict[Suggestion, list[Row]] = {}
    for row in planned:
        if row["cell"] in (testbed.everything_on, testbed.uncached):
            for suggestion in suggestions(
                scans_of(json.loads(row["plan"]), row["statement"]), testbed.prepared.indexes
            ):
                calling.setdefault(suggestion, []).append(row)
    served = widest(calling)
    if not served:
        return []
    sources = queries.drop_duplicates(["endpoint", "fingerprint"]).set_index(["endpoint", "fingerprint"])["source"]
    tried: list[Row] = []
    until = time.monotonic() + BUDGET_S
    with scratch_copy(testbed, testbed.prepared.templates[testbed.everything_on]) as connection:
        for suggestion, rows in served.items():
            if time.monotonic() > until:
                break
            with suppress(psycopg.Error, sqlite3.Error):
                tried.append(_tried(connection, suggestion, rows))
    return [{**row, "source": sources.get((row["endpoint"], row["fingerprint"]))} for row in tried]


def widest(calling: Mapping[Suggestion, Sequence[Row]]) -> dict[Suggestion, list[Row]]:
    """Return the suggestions that no other one serves, each with all queries that it serves.

    Of suggestions that differ only in the index that they would replace, the first that names one stands for all.

    Args:
        calling: The plans that call for each suggestion.
    """
    alike: dict[tuple[str, Any], Suggestion] = {}
    for suggestion in calling:
        key = suggestion.table, suggestion.columns
        if key not in alike or alike[key].instead_of is None:
            alike[key] = suggestion
    return {
        longest: [row for suggestion, rows in calling.items() if serves(longest, suggestion) for row in rows]
        for longest in alike.values()
        if not any(other != longest and serves(other, longest) for other in alike.values())
    }


def _tried(connection: Any, suggestion: Suggestion, rows: Sequence[Row]) -> Row:
    """Try an index on the slowest queries that call for it; return the row of the one that gains most."""
    slowest = sorted(rows, key=lambda row: -(row["seconds"] or 0))[:MAX_TRIED]
    before = [explain(connection, row["statement"], EXECUTIONS) for row in slowest]
    columns = ", ".join(quoted(name) + " DESC" * descending for name, descending in suggestion.columns)
    connection.execute(f"CREATE INDEX {quoted(SUGGESTED)} ON {quoted(suggestion.table)} ({columns})")
    try:
        after = [explain(connection, row["statement"], EXECUTIONS) for row in slowest]
        size = _bytes(connection, SUGGESTED)
    finally:
        connection.execute(f"DROP INDEX {quoted(SUGGESTED)}")
    best = max(zip(slowest, before, after, strict=True), key=lambda tried: _saved_s(*tried[1:]))
    row, was, became = best
    model, fields = index_of(suggestion.table, suggestion.columns)
    return {
        "endpoint": row["endpoint"],
        "fingerprint": row["fingerprint"],
        "table": suggestion.table,
        "model": model,
        "columns": json.dumps(fields),
        "instead_of": suggestion.instead_of,
        "before_s": was.seconds if was else None,
        "after_s": became.seconds if became else None,
        "used": None if became is None else SUGGESTED in indexes_of(became.plan),
        "bytes": size,
        "sorted_rows": suggestion.sorted_rows,
    }


def _bytes(connection: Any, index: str) -> int | None:
    """Return the size of an index; None on SQLite, which does not report it."""
    if isinstance(connection, sqlite3.Connection):
        return None
    return int(connection.execute("SELECT pg_relation_size(%s::regclass)", [index]).fetchone()[0])


def _saved_s(before: Explained | None, after: Explained | None) -> float:
    """Return the seconds that a used index saves; -1 where it is not used or its time is unknown."""
    if before is None or after is None or before.seconds is None or after.seconds is None:
        return -1.0
    return before.seconds - after.seconds if SUGGESTED in indexes_of(after.plan) else -1.0
