"""What a PostgreSQL that is to be copied has: its tables, columns and extensions, read in one read-only transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from perflab.errors import ServerError, first_line
from perflab.seeding.copying.place import Place
from perflab.seeding.masking.rules import Column

# Tables with rows of their own: also the parts of partitioned ones, and not those that an extension brings along.
TABLES = """
    SELECT n.nspname, c.relname, greatest(c.reltuples, 0)::bigint, a.attname,
           format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL),
           CASE WHEN c.relispartition THEN (SELECT p.relname FROM pg_class p WHERE p.oid = pg_partition_root(c.oid)) END,
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1
                   AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('information_schema', 'perflab')
      AND n.nspname !~ '^pg_' AND NOT EXISTS (
          SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.oid, a.attnum
"""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        schema: Its schema.
        name: Its name.
        rows: About how many rows it has, as its server last counted.
        columns: The columns that rows are written with: computed ones are not among them.
    """

    schema: str
    name: str
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Source:
    """A database that is being read.

    Attributes:
        snapshot: The name under which other sessions see it as this one does, while it lasts.
        tables: Its tables.
        extensions: Its extensions.
    """

    snapshot: str
    tables: tuple[Table, ...]
    extensions: tuple[str, ...]


@contextmanager
def reading(place: Place) -> Iterator[Source]:
    """Open a read-only transaction on a database, and keep it until everything is read.

    Args:
        place: The database.

    Yields:
        What it has.

    Raises:
        ServerError: It cannot be reached or read.
    """
    try:
        connection = psycopg.connect(**dict(place.info or {}))
    except psycopg.Error as error:
        hint = "is the server running, and may this user connect?"
        raise ServerError(f"cannot connect: {first_line(error)}", where=place.address(), hint=hint) from error
    with connection:
        try:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            # the transaction waits while programs read by its snapshot
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            rows = connection.execute(TABLES).fetchall()
            extensions = [str(name) for (name,) in connection.execute("SELECT extname FROM pg_extension ORDER BY 1")]
        except psycopg.Error as error:
            raise ServerError(f"cannot read the catalogue: {first_line(error)}", where=place.address()) from error
        yield Source(str(row[0]) if row else "", tuple(_tables(rows)), tuple(extensions))
        connection.rollback()


def _tables(rows: list[Any]) -> Iterator[Table]:
    tables: dict[tuple[str, str], tuple[int, list[Column]]] = {}
    for schema, name, count, column, type_, part_of, is_unique in rows:
        tables.setdefault((schema, name), (int(count), []))[1].append(
            Column(name, column, type_, schema, part_of, is_unique)
        )
    for (schema, name), (count, columns) in tables.items():
        yield Table(schema, name, count, tuple(columns))


def available_extensions(connection: psycopg.Connection[Any]) -> set[str]:
    """Return the extensions that a server has or could install.

    Args:
        connection: A connection to it.
    """
    return {str(name) for (name,) in connection.execute("SELECT name FROM pg_available_extensions").fetchall()}
