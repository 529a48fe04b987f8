"""The indexes of a database, from its catalogue, and how often each was used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perflab.run.indexes import Index, IndexKind
from perflab.run.tables import Row
from perflab.servers.database import SQLITE, Database

MadeBy = Mapping[str, tuple[IndexKind, str | None]]
OTHER: tuple[IndexKind, None] = ("other", None)

# Per index: its columns, each with operator class, collation and options (descending, nulls first), in order.
INDEXES = """
    SELECT c.relname, t.relname, am.amname, i.indisunique, i.indnkeyatts, pg_get_indexdef(i.indexrelid),
           pg_get_expr(i.indpred, i.indrelid), pg_relation_size(i.indexrelid),
           (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k) FROM generate_series(1, i.indnatts) k),
           greatest(t.reltuples, -1)::bigint, t.relpages,
           i.indclass::oid[]::text[], i.indcollation::oid[]::text[], i.indoption::int2[]::text[]
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_am am ON am.oid = c.relam JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'perflab') AND i.indisvalid
    ORDER BY t.relname, c.relname
"""
SQLITE_INDEXES = """
    SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY tbl_name, name
"""
SQLITE_FACTS = 'SELECT "unique", partial FROM pragma_index_list(?) WHERE name = ?'
USAGE = """
    SELECT indexrelname, idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE schemaname <> 'perflab' ORDER BY 1
"""


def indexes(server: Database, database: str, made_by: MadeBy) -> list[Index]:
    """Return every index of a database's tables. Costs one query; on SQLite one for each index.

    Args:
        server: The database server.
        database: Name of the database.
        made_by: By an index's name, what in the project declares it, and its model.
    """
    read = _of_sqlite if server.vendor == SQLITE else _of_postgres
    with server.errors("cannot read the indexes"), server.connect(database) as connection:
        return list(read(connection, made_by))


def _of_postgres(connection: Any, made_by: MadeBy) -> Iterator[Index]:
    for row in connection.execute(INDEXES):
        name, table, method, unique, keys, definition, predicate, size, columns, rows, pages, *details = row
        is_counted = rows >= 0  # -1: never analysed
        kind, model = made_by.get(name, OTHER)
        terms = ["|".join(parts) for parts in zip(columns[:keys], *(detail[:keys] for detail in details), strict=True)]
        yield Index(
            name=name,
            table=table,
            model=model,
            kind=kind,
            key=tuple(column.strip('"') for column in columns[:keys]),
            terms=tuple(terms),
            method=method,
            include=tuple(column.strip('"') for column in columns[keys:]),
            unique=unique,
            predicate=predicate,
            definition=definition,
            bytes=int(size),
            table_rows=int(rows) if is_counted else None,
            table_pages=int(pages) if is_counted else None,
        )


def _of_sqlite(connection: Any, made_by: MadeBy) -> Iterator[Index]:
    """Yield the indexes. Sizes are unknown; the definition of an index on an expression stands for its key."""
    for name, table, definition in connection.execute(SQLITE_INDEXES).fetchall():
        parts = connection.execute(
            "SELECT name, desc, coll FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno", [name]
        )
        columns = parts.fetchall()
        ((unique, partial),) = connection.execute(SQLITE_FACTS, [table, name])
        kind, model = made_by.get(name, OTHER)
        key = [str(definition) if column is None else column for column, _, _ in columns]
        yield Index(
            name=name,
            table=table,
            model=model,
            kind="constraint" if definition is None else kind,
            key=tuple(key),
            terms=tuple(
                f"{column}|{descending}|{order}" for column, (_, descending, order) in zip(key, columns, strict=True)
            ),
            unique=bool(unique),
            predicate=str(definition).rpartition(" WHERE ")[2] if partial else None,
            definition=definition or "",
        )


def usage(server: Database, number: int, databases: Mapping[str, str]) -> list[Row]:
    """Return how often each index of each cell's database was scanned so far, and how many of its entries were read.

    A clone's figures begin at 0. Costs one connection and one query for each cell, 3 ms. SQLite does not count: no rows.

    Args:
        server: The database server.
        number: Number of the round.
        databases: The database of each cell.
    """
    rows: list[Row] = []
    if server.vendor == SQLITE:
        return rows
    for cell, database in databases.items():
        with server.errors("cannot read the usage of indexes"), server.connect(database) as connection:
            rows += [
                {"round": number, "cell": cell, "index": name, "scans": scans, "entries": entries}
                for name, scans, entries in connection.execute(USAGE).fetchall()
            ]
    return rows
