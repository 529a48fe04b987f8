"""Filling an SQLite file: rows are drawn, turned into tuples and inserted, in one transaction, into tables without indexes.

The indexes are created again afterwards as the file itself describes them; those of primary keys and unique constraints stay,
because SQLite cannot drop them. A failure leaves an unusable file: there is no journal meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from typing import Any

from perflab.errors import InputError, ServerError
from perflab.seeding.description.mistakes import check
from perflab.seeding.loading.drawing import LoadProgress, Meter, Report, counts, drawn
from perflab.seeding.loading.records import Records, records
from perflab.seeding.present import UNKNOWN, Present
from perflab.seeding.table import Table
from perflab.servers.database import quoted

# These have no effect inside a transaction, above all foreign_keys.
QUICK = ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF", "cache_size = -262144", "temp_store = MEMORY")
INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
COUNTS_ON = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"


def insert(
    django_connection: Any,
    tables: Sequence[Table],
    seed: int,
    report: Report = lambda _: None,
    only: Sequence[Table] | None = None,
    present: Present = UNKNOWN,
    file: sqlite3.Connection | None = None,
) -> dict[str, int]:
    """Fill tables with rows drawn from their description, in place of all others but those that are to stay.

    Args:
        django_connection: Django's connection, whose functions indexes may use. Close it afterwards.
        tables: The description.
        seed: The run's seed.
        report: Called with the progress.
        only: The tables of `tables` that this file holds; all by default. The others are drawn, because these may link to
            them.
        present: What is in the database, and stays.
        file: A connection to the file in autocommit mode, which is closed; None uses Django's.

    Returns:
        {model's label: number of rows}.
    """
    check(tables, present)
    held = tables if only is None else only
    meter = Meter(sum(table.count for table in held), report)
    if file is None:
        django_connection.ensure_connection()
    connection: sqlite3.Connection = django_connection.connection if file is None else file
    with _errors(), nullcontext() if file is None else closing(file):
        for pragma in QUICK:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        names = list(dict.fromkeys(table.model._meta.db_table for table in held))
        indexes = [index for name in names for index in connection.execute(INDEXES, [name]).fetchall()]
        connection.execute("BEGIN")
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {quoted(name)}")
        for rows in drawn(tables, seed, present):
            if rows.table in held:
                _insert(connection, records(rows, django_connection), meter)
        report(LoadProgress("build indexes", meter.total_rows, meter.total_rows))
        for _, statement in indexes:
            connection.execute(statement)
        for name in names:
            _check_links(connection, name)
        connection.execute("COMMIT")
    return counts(held, present)


def _empty(connection: sqlite3.Connection, table: str) -> None:
    """Delete all rows, and let keys start at 1 again."""
    connection.execute(f"DELETE FROM {quoted(table)}")
    if connection.execute(COUNTS_ON).fetchone() is not None:
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])


def _insert(connection: sqlite3.Connection, table: Records, meter: Meter) -> None:
    if not table.keeps_rows:
        _empty(connection, table.table)
    elif table.replaced:
        condition = " AND ".join(f"{quoted(column)} = ?" for column in table.key)
        connection.executemany(f"DELETE FROM {quoted(table.table)} WHERE {condition}", table.replaced)
    columns = ", ".join(map(quoted, table.columns))
    places = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {quoted(table.table)} ({columns}) VALUES ({places})"
    for chunk in table.chunks():
        connection.executemany(statement, chunk)
        meter.add(len(chunk))


def _check_links(connection: sqlite3.Connection, table: str) -> None:
    """Check that every foreign key has its row; SQLite did not check that while inserting."""
    lost = connection.execute(f"PRAGMA foreign_key_check({quoted(table)})").fetchone()
    if lost is not None:
        raise InputError(
            f"row {lost[1]} links to a row of {lost[2]} that does not exist",
            where=f"seed of {table}", hint="check the columns and archetypes of that table",
        )  # fmt: skip


@contextmanager
def _errors() -> Iterator[None]:
    """Turn SQLite's errors into one line."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError) as error:
        # "UNIQUE constraint failed: table.column"
        raise InputError(
            f"the database rejects the seeded rows: {error}", where="seeding", hint="check the columns and archetypes"
        ) from error
    except sqlite3.Error as error:
        full = "full" in str(error)
        raise ServerError(
            f"cannot fill the database: {error}",
            where="seeding",
            hint="make room" if full else "is the file still there?",
        ) from error
