"""The contents that a round left in a database: the tables that were written to, and the rows that were written.

PostgreSQL marks every row with the transaction that wrote it, so no trigger and no copy is needed: rows that were written
after the clone was made have a higher number. Costs a scan of each table that was written to.

SQLite has no such mark, but the file that a clone was copied from still exists: each row is compared with the row of the same
rowid there. Costs a scan of all tables, in both. A row that was rewritten without a change is not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from perflab.errors import ServerError
from perflab.servers.aliases.layout import name_of
from perflab.servers.database import Database, quoted
from perflab.servers.databases import Postgres
from perflab.servers.sqlite import SqliteFiles

# Rows that are read of one table, the first ones by primary key, the same in every cell.
MAX_ROWS = 5000

# perflab's own table, in its own schema, does not belong to the project. TRUNCATE counts no row; it gives the table a new file,
# which the table's own row in the catalogue tells.
TABLES = """
    SELECT schemaname, s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE (n_tup_ins + n_tup_upd + n_tup_del > 0 OR c.xmin::text::bigint >= %s) AND schemaname <> 'perflab' ORDER BY 1, 2
"""
KEY = """
    SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
"""

# The tables of an SQLite file that also exist in its template, without virtual ones and SQLite's own.
FILE_TABLES = r"""
    SELECT name, sql FROM main.sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql NOT LIKE 'CREATE VIRTUAL%'
          AND name IN (SELECT name FROM before.sqlite_master WHERE type = 'table')
    ORDER BY name
"""
FILE_COLUMNS = "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid"


@dataclass(frozen=True)
class Written:
    """Hold one table after a round: the number of its rows, and the rows written since, by primary key (JSON text)."""

    count: int
    rows: dict[str, dict[str, Any]]


def now(server: Database) -> int:
    """Return the number of a transaction, for all databases of a server: later writes have a higher one.

    SQLite has no such number and needs none: 0.
    """
    if not isinstance(server, Postgres):
        return 0
    with server.errors("cannot read a transaction's number"):
        row = server.maintenance.execute("SELECT txid_current() % 4294967296").fetchone()
    return int(row[0]) if row else 0


def written(server: Database, database: str, since: int) -> dict[str, Written]:
    """Return every table of a clone that was written to.

    Args:
        server: The database server.
        database: Name of the clone.
        since: A transaction from before the writes, see `now`.

    Raises:
        ServerError: The contents cannot be read.
    """
    if isinstance(server, Postgres):
        return _in_postgres(server, database, since)
    if isinstance(server, SqliteFiles):
        return _in_file(server, database)
    raise ServerError(f"cannot find out what was written to {database}: unknown kind of server", where=server.vendor)


def in_all(server: Database, database: str, others: Iterable[str], since: int) -> dict[str, Written]:
    """Return every table of a cell that was written to, in all of its databases.

    Args:
        server: The database server.
        database: Name of the cell's clone.
        others: The aliases that have databases of their own; their tables are named `alias.table`.
        since: A transaction from before the writes, see `now`.
    """
    tables = written(server, database, since)
    for alias in others:
        of_alias = written(server, name_of(database, alias), since)
        tables |= {f"{alias}.{name}": contents for name, contents in of_alias.items()}
    return tables


def _in_postgres(postgres: Postgres, database: str, since: int) -> dict[str, Written]:
    tables = {}
    with postgres.errors(f"cannot read what was written to {database}"), postgres.connect(database) as connection:
        for schema, name in connection.execute(TABLES, [since]).fetchall():
            table = sql.Identifier(schema, name)
            key = [column for (column,) in connection.execute(KEY, [table.as_string(connection)]).fetchall()]
            count = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
            order = sql.SQL(", ").join(map(sql.Identifier, key)) if key else sql.SQL("t::text")
            query = sql.SQL(
                "SELECT row_to_json(t)::text FROM {} t WHERE t.xmin::text::bigint >= {} ORDER BY {} LIMIT {}"
            ).format(table, sql.Literal(since), order, sql.Literal(MAX_ROWS))
            rows = [json.loads(text) for (text,) in connection.execute(query).fetchall()]
            by_key = {json.dumps([row[column] for column in key] or row): row for row in rows}
            tables[name if schema == "public" else f"{schema}.{name}"] = Written(int(count[0]) if count else 0, by_key)
    return tables


def _in_file(files: SqliteFiles, database: str) -> dict[str, Written]:
    tables = {}
    before = files.uri(files.template_of(database), "ro")
    with (
        files.errors(f"cannot read what was written to {database}"),
        files.connect(database, read_only=True) as connection,
    ):
        connection.execute("ATTACH ? AS before", [before])
        for name, made in connection.execute(FILE_TABLES).fetchall():
            columns = connection.execute(FILE_COLUMNS, [name]).fetchall()  # name, place in the primary key from 1, or 0
            names = [column for column, _ in columns]
            key = [column for column, place in sorted(columns, key=lambda column: column[1]) if place]
            same = key if "WITHOUT ROWID" in made.upper() else [_rowid(names)]
            query = (
                f"SELECT {_listed('now', names)} FROM main.{quoted(name)} now LEFT JOIN before.{quoted(name)} old"
                f" ON ({_listed('now', same)}) = ({_listed('old', same)})"
                f" WHERE ({_listed('now', names)}) IS NOT ({_listed('old', names)}) OR old.{quoted(same[0])} IS NULL"
                f" ORDER BY {_listed('now', key or names)} LIMIT {MAX_ROWS}"
            )
            rows = [dict(zip(names, map(_plain, row), strict=True)) for row in connection.execute(query).fetchall()]
            count, was = (
                int(connection.execute(f"SELECT count(*) FROM {schema}.{quoted(name)}").fetchone()[0])
                for schema in ("main", "before")
            )
            if rows or count != was:
                tables[str(name)] = Written(
                    count, {json.dumps([row[column] for column in key or row]): row for row in rows}
                )
    return tables


def _listed(table: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{table}.{quoted(column)}" for column in columns)


def _rowid(columns: Sequence[str]) -> str:
    """Return the name of a table's rowid that no column of the project has."""
    taken = {column.lower() for column in columns}
    return next(name for name in ("rowid", "_rowid_", "oid") if name not in taken)


def _plain(value: Any) -> Any:
    """Return what JSON supports unchanged, and bytes as hexadecimal digits."""
    return value.hex() if isinstance(value, bytes) else value
