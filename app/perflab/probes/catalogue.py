"""The indexes of a database, as its catalogue knows them, and how often each was used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab.advice.structure import Index, Kind
from perflab.measurement import Row
from perflab.servers import Postgres

# Per index: its columns, each with operator class, collation and options (descending, nulls first), in order.
INDEXES = """
    SELECT c.relname, t.relname, am.amname, i.indisunique, i.indnkeyatts, pg_get_indexdef(i.indexrelid),
           pg_get_expr(i.indpred, i.indrelid), pg_relation_size(i.indexrelid),
           (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k) FROM generate_series(1, i.indnatts) k),
           i.indclass::oid[]::text[], i.indcollation::oid[]::text[], i.indoption::int2[]::text[]
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_am am ON am.oid = c.relam JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'perflab') AND i.indisvalid
    ORDER BY t.relname, c.relname
"""
USAGE = """
    SELECT indexrelname, idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE schemaname <> 'perflab' ORDER BY 1
"""


def indexes(postgres: Postgres, database: str, made_by: Mapping[str, tuple[Kind, Any]]) -> list[Index]:
    """Every index of a database's tables; `made_by`: what made each, and its model. One query."""
    with postgres.errors("cannot read the indexes"), postgres.connect(database) as connection:
        rows = connection.execute(INDEXES).fetchall()
    found = []
    for name, table, method, unique, keys, definition, predicate, size, columns, *details in rows:
        kind, model = made_by.get(name, ("other", None))
        terms = ["|".join(parts) for parts in zip(columns[:keys], *(detail[:keys] for detail in details), strict=True)]
        found.append(
            Index(
                name=name,
                table=table,
                model=None if model is None else model._meta.label,
                kind=kind,
                key=tuple(column.strip('"') for column in columns[:keys]),
                terms=tuple(terms),
                method=method,
                include=tuple(column.strip('"') for column in columns[keys:]),
                unique=unique,
                predicate=predicate,
                definition=definition,
                bytes=int(size),
            )
        )
    return found


def migrations(connection: Any) -> dict[str, str]:
    """The newest migration of each app; `connection` is Django's."""
    from django.db.migrations.loader import MigrationLoader

    return dict(MigrationLoader(connection).graph.leaf_nodes())


def usage(postgres: Postgres, number: int, databases: Mapping[str, str]) -> list[Row]:
    """How often each index of each cell's database was scanned so far, and how many of its entries were read.

    A clone's figures begin at 0. One connection and one query for each cell, 3 ms.
    """
    rows: list[Row] = []
    for cell, database in databases.items():
        with postgres.errors("cannot read how indexes were used"), postgres.connect(database) as connection:
            rows += [
                {"round": number, "cell": cell, "index": name, "scans": scans, "entries": entries}
                for name, scans, entries in connection.execute(USAGE).fetchall()
            ]
    return rows
