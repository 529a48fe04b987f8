"""Copying a PostgreSQL: its tables by pg_dump and pg_restore, its rows from a psql to another, its indexes by pg_restore at last.

One transaction reads everything: REPEATABLE READ, READ ONLY. Rows go through pipes, and personal data are masked by the query
that reads them, so neither a file nor the copy ever has them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from perflab.errors import InputError
from perflab.seeding.copying.catalogue import Source, Table, available_extensions, reading
from perflab.seeding.copying.place import Place
from perflab.seeding.copying.programs import Programs, failed, piped, run, variables
from perflab.seeding.loading.copy import BUILD_MEMORY
from perflab.seeding.loading.ddl import set_sequences
from perflab.seeding.loading.drawing import LoadProgress, Meter, Report
from perflab.seeding.masking.expressions import distinct, masked, salted
from perflab.seeding.masking.names import EMAIL, TEXT
from perflab.seeding.masking.rules import Column, Mask
from perflab.servers.databases import Postgres

# Of the schema, what belongs to a server and not to an application.
LEFT_OUT = (
    "--no-owner", "--no-privileges", "--no-comments", "--no-publications", "--no-subscriptions", "--no-security-labels",
    "--no-tablespaces", "--exclude-schema=perflab",
)  # fmt: skip
LOCK_TIMEOUT_MS = 60_000
# Indexes that are built at once.
JOBS = 2
# Since this version pg_dump can leave extensions out.
EXCLUDES_EXTENSIONS = 17
# So often, masks are made anew that are equal to others.
ATTEMPTS = 50
PSQL = ("--no-psqlrc", "--set=ON_ERROR_STOP=1")

MasksOf = Callable[[Sequence[Column]], list[Mask]]


def copy_database(
    place: Place, server: Postgres, database: str, programs: Programs, masks_of: MasksOf, report: Report
) -> tuple[list[Mask], list[str]]:
    """Copy a database into an empty one of the lab's; 1 GiB takes about as long as by pg_dump | pg_restore.

    Args:
        place: The database to read.
        server: The lab's server.
        database: The empty database.
        programs: PostgreSQL's programs.
        masks_of: Returns the masks of a database's columns.
        report: Called with the progress.

    Returns:
        The masks, and what the copy lacks, in sentences.

    Raises:
        ServerError: The source cannot be read, or the lab's server refuses a part of it.
        InputError: As `masks_of`.
    """
    target = server.conninfo(database)
    own = variables(target, f"-c maintenance_work_mem={BUILD_MEMORY}", own=True)
    with server.connect(database) as connection:
        available = available_extensions(connection)
    with tempfile.TemporaryDirectory(prefix="perflab-") as made:
        schema, script = Path(made) / "schema.dump", Path(made) / "rows.sql"
        restore = _Restore(programs, schema, own, server.address())
        with reading(place) as source:
            masks = masks_of([column for table in source.tables for column in table.columns])
            missing = [name for name in source.extensions if name not in available]
            _dump_schema(place, source, programs, schema, missing)
            restore.section("pre-data")
            script.write_bytes(script_of(source, masks))
            _copy_rows(place, source, programs, script, own, server.address(), report)
        with server.connect(database) as connection, server.errors("cannot make masks distinct"):
            _distinct(connection, masks)
        report(LoadProgress("build indexes", 0, 0))
        restore.section("post-data", JOBS)
    with server.connect(database) as connection, server.errors("cannot set the sequences"):
        set_sequences(connection)
    return masks, [f"the extension {name} is not available here, and not copied" for name in missing]


def _dump_schema(place: Place, source: Source, programs: Programs, file: Path, missing: Sequence[str]) -> None:
    excluded = [f"--exclude-extension={name}" for name in missing] if programs.version[0] >= EXCLUDES_EXTENSIONS else []
    command = programs.command(
        "pg_dump", "--format=custom", "--schema-only", *LEFT_OUT, *excluded, f"--snapshot={source.snapshot}",
        f"--lock-wait-timeout={LOCK_TIMEOUT_MS}", f"--file={file}",
    )  # fmt: skip
    hint = "the user needs SELECT on all tables, and pg_dump must not be older than the server"
    run(command, variables(place.info or {}), "read the schema", place.address(), hint)


def _distinct(connection: psycopg.Connection[Any], masks: Sequence[Mask]) -> None:
    """Let the masks of a unique column differ. Few are equal, so few rows are written again."""
    for mask in masks:
        if not mask.is_unique or mask.kind not in (TEXT, EMAIL):
            continue
        if all(connection.execute(distinct(mask)).rowcount for _ in range(ATTEMPTS)):
            raise InputError(
                f"there are not enough masks of the same length for {mask.label}, which is unique",
                hint=f"write `keep: [{mask.label}]` under `data`",
            )


class _Restore:
    """Restores the sections of a schema."""

    def __init__(self, programs: Programs, file: Path, env: Mapping[str, str], where: str) -> None:
        self.programs, self.file, self.env, self.where = programs, file, env, where

    def section(self, name: str, jobs: int = 1) -> None:
        """Restore a section: `pre-data` are the tables, `post-data` their indexes, keys and triggers."""
        command = self.programs.command(
            "pg_restore", f"--section={name}", "--no-owner", "--no-privileges", "--exit-on-error", f"--jobs={jobs}",
            f"--dbname={self.env['PGDATABASE']}", self.file,
        )  # fmt: skip
        hint = (
            "`keep` under `data` leaves a column as it is, if its mask is the reason" if name == "post-data" else None
        )
        run(command, self.env, f"make the copy's {name}", self.where, hint)


def _copy_rows(
    place: Place, source: Source, programs: Programs, script: Path, own: Mapping[str, str], where: str, report: Report
) -> None:
    meter = Meter(sum(table.rows for table in source.tables), report)
    reader = programs.command("psql", *PSQL, "--quiet", "--no-align", "--tuples-only", f"--file={script}")
    writer = programs.command("psql", *PSQL, "--file=-")
    with piped(reader, variables(place.info or {}), writer, own) as (lines, ended):
        for line in lines:
            if line.startswith("COPY "):
                meter.add(int(line.split()[1]))
        code, errors, own_code, own_errors = ended()
    if own_code and own_errors.strip():
        hint = "`keep` under `data` leaves a column as it is, if its mask is the reason"
        raise failed(own_errors, "write the copied rows", where, hint)
    if code or own_code:
        raise failed(errors, "read the rows", place.address())


def script_of(source: Source, masks: Sequence[Mask]) -> bytes:
    """Return what psql executes on the source: a COPY of each table, between the lines that a psql on the copy reads.

    Args:
        source: The source.
        masks: The masks of its columns.
    """
    by_column = {(mask.column.schema, mask.column.table, mask.column.name): mask for mask in masks}
    parts = [
        "\\pset pager off",
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
        f"SET TRANSACTION SNAPSHOT '{source.snapshot}';",
        "SET LOCAL row_security = off;",  # an error rather than half of a table
        "SET LOCAL statement_timeout = 0;",
        "SET LOCAL synchronize_seqscans = off;",  # rows keep their order
        "SET LOCAL timezone = 'UTC';",
        "SET LOCAL datestyle = 'ISO';",
        "SET LOCAL intervalstyle = 'postgres';",
        f"{salted().as_string()} \\g {os.devnull}",
    ]
    for table in source.tables:
        parts += _of_table(table, by_column)
    return "\n".join([*parts, "COMMIT;", ""]).encode()


def _of_table(table: Table, masks: Mapping[tuple[str | None, str, str], Mask]) -> list[str]:
    name = sql.Identifier(table.schema, table.name)
    columns = [sql.Identifier(column.name) for column in table.columns]
    selected: list[Any] = []
    for column, identifier in zip(table.columns, columns, strict=True):
        mask = masks.get((table.schema, table.name, column.name))
        selected.append(identifier if mask is None else masked(mask))
    copied = sql.SQL("COPY (SELECT {} FROM ONLY {}) TO STDOUT;").format(sql.SQL(", ").join(selected), name)
    # FREEZE needs a table that is emptied in the same transaction; nothing of it goes to the log then, either
    begun = sql.SQL("BEGIN; TRUNCATE {};").format(name)
    written = sql.SQL("COPY {} ({}) FROM STDIN WITH (FREEZE);").format(name, sql.SQL(", ").join(columns))
    return [_echo(begun.as_string()), _echo(written.as_string()), copied.as_string(), _echo("\\."), _echo("COMMIT;")]


def _echo(line: str) -> str:
    """Return the command of psql that writes a line; a name in it may have any character."""
    escaped = line.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r")
    return f"\\echo '{escaped}'"
