"""Reads that lock or write rows: other requests wait for them, and a replica or a cache in front cannot serve them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlglot import exp

from perflab.analysis.database.conditions import parsed
from perflab.analysis.database.mistakes.cause import Cause, cause_of
from perflab.analysis.database.queries import optimised_cells
from perflab.analysis.places import place
from perflab.analysis.stats.values import plain
from perflab.run.cells import CONTROLS
from perflab.run.records import MAX_STEPS, Finding
from perflab.run.scenario import scenario_endpoints
from perflab.units import listed

# Other texts are not parsed.
SUSPECT = re.compile(
    r"[\s(]*(INSERT|UPDATE|DELETE|MERGE|WITH)\b|.*\bFOR\s+(NO\s+KEY\s+UPDATE|UPDATE|SHARE|KEY\s+SHARE)\b",
    re.IGNORECASE | re.DOTALL,
)
MAX_PARSED = 10_000
ADVISORY = ("pg_advisory_lock(", "pg_advisory_xact_lock(")
LOCKS, TAKES = "locks rows of", "takes"
LOCKING = (LOCKS, TAKES)
WAITS = "requests for the same thing wait for each other"
WRITING = "each waits for the write, and only the primary database can serve it"
MAX_NAMED = 3
WRITES = {exp.Insert: "inserts into", exp.Update: "updates", exp.Delete: "deletes from", exp.Merge: "merges into"}


def in_reads(
    queries: pd.DataFrame, scenario: Mapping[str, Any], factors: Sequence[str], caching: Sequence[str] = ()
) -> Iterator[Finding]:
    """Yield `lock_in_read` for each table that reads lock or write to, with all factors on, caches left aside.

    Args:
        queries: The queries of the check requests.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
        caching: The tables of caches in the database, whose entries reads are there to write.
    """
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario) if not endpoint.writes}
    own = queries[queries["endpoint"].isin(list(methods)).to_numpy(bool)]
    own = own[~own["cell"].isin(CONTROLS).to_numpy(bool)]
    acts = [act_of(str(text)) or ("", "") for text in own["sql"]]
    acting = own.assign(act=[act for act, _ in acts], table=[table for _, table in acts])
    acting = acting[((acting["act"] != "") & ~acting["table"].isin(list(caching))).to_numpy(bool)]
    optimised = optimised_cells(scenario, factors)
    for (act, table), group in acting.groupby(["act", "table"], sort=True):
        cells = [str(cell) for cell in group["cell"].unique()]
        left = [cell for cell in optimised if cell in cells]
        if left:
            cause = cause_of(cells, scenario, factors)
            in_cell = group[(group["cell"] == left[0]).to_numpy(bool)]
            yield _finding(str(act), str(table), in_cell, cause, methods)


def _finding(act: str, table: str, queries: pd.DataFrame, cause: Cause, methods: Mapping[str, str]) -> Finding:
    """Return the finding about one table, which middleware may lock or write to in the requests of many endpoints."""
    names = [str(name) for name in queries["endpoint"].value_counts().index]
    first = queries[(queries["endpoint"] == names[0]).to_numpy(bool)].iloc[0]
    requests = queries[["round", "step"]].drop_duplicates()
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    who = f"{names[0]} is a read" if len(names) == 1 else f"{listed(names[:MAX_NAMED])}{more} are reads"
    why = WAITS if act in LOCKING else WRITING
    return Finding(
        "lock_in_read",
        "warning",
        f"{who} but {_verb(act, len(names))} {table}{place(first['source'])}{cause.clause}: {why}.",
        endpoint=names[0],
        method=methods[names[0]],
        table=None if act == TAKES else table,
        factors=cause.factors,
        count=len(requests),
        steps=plain(requests.head(MAX_STEPS).to_dict("records")),
        example=plain({"cell": cause.cell, "sql": first["sql"], "source": first["source"], "endpoints": names}),
    )


def _verb(act: str, number: int) -> str:
    """Return `updates` or `update`, `inserts into` or `insert into`."""
    verb, space, rest = act.partition(" ")
    return act if number == 1 else f"{verb.removesuffix('s')}{space}{rest}"


@lru_cache(maxsize=4096)
def act_of(sql: str) -> tuple[str, str] | None:
    """Return what a statement does to rows beside reading them, and to which table; None if it only reads.

    Args:
        sql: The text as Django passes it to the database driver.
    """
    if any(function in sql.lower() for function in ADVISORY):
        return TAKES, "an advisory lock"
    if not SUSPECT.match(sql):
        return None
    text = sql.replace("%%", "%")
    while len(text) > MAX_PARSED and "%s, %s" in text:
        text = text.replace("%s, %s", "%s")
    tree = parsed(text, "postgres")
    if tree is None:
        return None
    for kind, act in WRITES.items():
        node = tree.find(kind)
        if node is not None:
            return act, _table(node)
    return (LOCKS, _table(tree)) if tree.find(exp.Lock) is not None else None


def _table(node: exp.Expr) -> str:
    """Return the first table of a statement, which is the one that it writes to."""
    table = node.find(exp.Table)
    return table.name if table is not None else "?"
