"""Whether a statement decides the order of its rows, or leaves it open: rows with the same sort keys, or no ORDER BY at all.

The rows of such a statement come as its plan brings them, so that an index, a join or a vacuum may change them: their order, and
with a LIMIT also which of them there are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from psycopg import sql
from sqlglot import exp

from perflab.analysis.database.conditions import column_of, parsed
from perflab.experiment.observe.plans import READS, STATEMENT_TIMEOUT
from perflab.run.tables import UNSORTED

# How many rows of a result without a LIMIT are looked at.
MAX_ROWS = 2_000
KEY = "perflab_key_"


def open_order(connection: Any, statement: str) -> str | None:
    """Return what a SELECT sorts by, if some rows of its result, or the first one after it, have the same sort keys.

    Costs one execution, in which nothing can be written.

    Args:
        connection: psycopg's or sqlite3's, in autocommit mode.
        statement: SQL with its values.

    Returns:
        The sort keys, such as `created DESC`; UNSORTED for several rows without an ORDER BY; None where the order is decided, and
        where that cannot be told.
    """
    is_sqlite = isinstance(connection, sqlite3.Connection)
    dialect = "sqlite" if is_sqlite else "postgres"
    if not statement.lstrip(" (").lower().startswith(READS):
        return None
    try:
        tree = parsed(statement, dialect)
        if not isinstance(tree, exp.Select):
            return None
        order = tree.args.get("order")
        if order is None:
            rows = _rows(connection, f"SELECT 1 FROM ({statement.rstrip('; ')}) AS perflab_rows LIMIT 2")
            return UNSORTED if len(rows) > 1 else None
        probe = _with_keys(tree)
        if probe is None:
            return None
        count = len(order.expressions)
        rows = [row[-count:] for row in _rows(connection, probe.sql(dialect=dialect))]
    except Exception:  # a text of the project's: whatever is wrong with it, it must not end a run
        return None
    if not any(row == following for row, following in pairwise(rows)):
        return None
    return ", ".join(_named(tree))


def _with_keys(tree: exp.Select) -> exp.Select | None:
    """Return a statement with its sort keys as more columns, and with a row more at both ends of its page."""
    first, size = _number(tree, "offset", 0), _number(tree, "limit", MAX_ROWS)
    if first is None or size is None:
        return None
    start = max(0, first - 1)
    probe = tree.copy()
    keys = [_resolved(tree, key.this).copy() for key in tree.args["order"].expressions]
    more = [exp.alias_(key, f"{KEY}{number}", quoted=True) for number, key in enumerate(keys)]
    probe.set("expressions", [*probe.expressions, *more])
    return probe.limit(min(MAX_ROWS, first - start + size + 1)).offset(start)


def _number(tree: exp.Select, name: str, default: int) -> int | None:
    """Return the number of a LIMIT or an OFFSET; None where it is no plain number."""
    clause = tree.args.get(name)
    if clause is None:
        return default
    number = clause.args.get("expression")
    return int(number.this) if isinstance(number, exp.Literal) and not number.is_string else None


def _resolved(tree: exp.Select, key: exp.Expr) -> exp.Expr:
    """Return what a sort key is: the column of the result that it names by its place or its alias, or itself."""
    if isinstance(key, exp.Literal) and not key.is_string:
        column: exp.Expr = tree.expressions[int(key.this) - 1]
        return column.unalias()
    if isinstance(key, exp.Column) and not key.table:
        return next((column.this for column in tree.expressions if column.alias == key.name), key)
    return key


def _named(tree: exp.Select) -> Iterator[str]:
    """Yield the sort keys as people write them."""
    for ordered in tree.args["order"].expressions:
        key = ordered.this
        resolved = key if isinstance(key, exp.Column) else _resolved(tree, key)
        column = column_of(resolved)
        name = resolved.sql() if column is None else column.name
        yield f"{name} DESC" if ordered.args.get("desc") else name


def _rows(connection: Any, statement: str) -> list[Any]:
    """Return the rows of a statement; what writes or takes too long raises."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA query_only = 1")
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.execute("PRAGMA query_only = 0")
    with connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(STATEMENT_TIMEOUT)))
        # The statement is the project's own, complete with its values: nothing is interpolated.
        rows: list[Any] = connection.execute(statement.encode()).fetchall()
        return rows
