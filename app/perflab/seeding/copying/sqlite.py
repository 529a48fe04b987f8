"""Copying an SQLite file: by SQLite's own backup from a connection that only reads; personal data are masked in the copy.

VACUUM, which follows, leaves nothing of the old values in the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from perflab.errors import ServerError
from perflab.scenario.drafting.stores import uri_of
from perflab.seeding.copying.place import Place
from perflab.seeding.loading.drawing import LoadProgress, Report
from perflab.seeding.masking.functions import Masker
from perflab.seeding.masking.rules import Column, Mask, grouped
from perflab.servers.database import quoted
from perflab.servers.sqlite import MARK, PRAGMA_NO_SYNC, SqliteFiles

MasksOf = Callable[[Sequence[Column]], list[Mask]]
# Columns with `hidden` of these are computed.
COMPUTED = (2, 3)


def copy_file(place: Place, files: SqliteFiles, database: str, masks_of: MasksOf, report: Report) -> list[Mask]:
    """Copy a file into an empty one of the lab's, and mask it; return the masks.

    Args:
        place: The file.
        files: The lab's files.
        database: The empty one.
        masks_of: Returns the masks of a database's columns.
        report: Called with the progress.

    Raises:
        ServerError: The file cannot be read, or the copy takes no masks.
        InputError: As `masks_of`.
    """
    assert place.path is not None
    report(LoadProgress("copy the file", 0, 0))
    with files.connect(database) as copy:
        copy.execute(PRAGMA_NO_SYNC)
        try:
            with closing(sqlite3.connect(uri_of(place.path), uri=True)) as source:
                source.backup(copy)
        except (sqlite3.Error, OSError) as error:
            hint = "is it an SQLite file, and not being written?"
            raise ServerError(f"cannot read the file: {error}", where=str(place.path), hint=hint) from error
        with files.errors("cannot mask the copy"):
            copy.execute(f"PRAGMA application_id = {MARK}")  # the copy has the source's
            copy.execute("PRAGMA journal_mode = DELETE")
            masks = masks_of(list(columns_of(copy)))
            report(LoadProgress("mask personal data", 0, 0))
            apply(copy, masks)
    return masks


def columns_of(connection: sqlite3.Connection) -> Iterator[Column]:
    """Yield the columns of all tables that rows are written to.

    Args:
        connection: A connection to the file.
    """
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid"
    ).fetchall()
    for (table,) in tables:
        unique = set(_unique(connection, table))
        for _, name, type_, _, _, _, hidden in connection.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall():
            if hidden not in COMPUTED:
                yield Column(table, name, type_, is_unique=name in unique)


def _unique(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """Yield the columns that an index of their own makes unique."""
    for _, index, is_unique, _, is_partial in connection.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
        columns = connection.execute(f"PRAGMA index_info({quoted(index)})").fetchall()
        if is_unique and not is_partial and len(columns) == 1 and columns[0][2] is not None:
            yield columns[0][2]


def apply(connection: sqlite3.Connection, masks: Sequence[Mask]) -> None:
    """Mask the columns of a copy: an UPDATE for each table.

    Args:
        connection: A connection to the copy.
        masks: The masks.
    """
    masker, number = Masker(), 0
    for (_, table), of_table in grouped(masks):
        sets = []
        for mask in of_table:
            column = quoted(mask.column.name)
            taken = None
            if mask.is_unique:
                taken = [value for (value,) in connection.execute(f"SELECT {column} FROM {quoted(table)}")]
            number += 1
            name = f"perflab_mask_{number}"
            connection.create_function(name, 1, masker.function(mask.kind, taken))
            sets.append(f"{column} = {name}({column})")
        connection.execute(f"UPDATE {quoted(table)} SET {', '.join(sets)}")
