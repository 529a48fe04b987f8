"""Filling a PostgreSQL database: rows are drawn, copied in and indexed, up to three tables at a time.

    drawer     thread: draws a table's numbers, makes COPY text chunk by chunk        (this process's CPU)
    copier     the caller: sends the chunks                                           (one backend's CPU)
    builder    thread: indexes, keys, VACUUM of tables that are full                  (another backend's CPU)

The queue between the first two holds a few chunks, so memory is bounded by the numbers of rows.py.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from perflab.errors import InputError, PerflabError, ServerError, first_line
from perflab.seeding.description.mistakes import check
from perflab.seeding.loading import ddl
from perflab.seeding.loading.drawing import LoadProgress, Meter, Report, counts, drawn
from perflab.seeding.loading.text import CopyText, copy_text
from perflab.seeding.present import UNKNOWN, Present
from perflab.seeding.table import Table

Connect = Callable[[], psycopg.Connection[Any]]
QUEUED_CHUNKS = 6
BUILD_MEMORY = "256MB"


class _Stop(Exception):
    """Another thread has failed; its error is the one that counts."""


@dataclass
class _Pipeline:
    """The state that the threads share: a queue of chunks, a queue of full tables, and whether one has failed."""

    chunks: queue.Queue[tuple[CopyText, memoryview | None, int]] = field(
        default_factory=lambda: queue.Queue(QUEUED_CHUNKS)
    )
    full: queue.Queue[CopyText | None] = field(default_factory=queue.Queue)
    failed: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the first error, and stop the other threads."""
        try:
            yield
        except _Stop:
            pass
        except BaseException as error:
            if not self.failed.is_set():
                self.error = error
                self.failed.set()

    def put(self, item: tuple[CopyText, memoryview | None, int]) -> None:
        while not self.failed.is_set():
            try:
                return self.chunks.put(item, timeout=0.2)
            except queue.Full:
                continue
        raise _Stop

    def get(self, source: queue.Queue[Any]) -> Any:
        while not self.failed.is_set():
            try:
                return source.get(timeout=0.2)
            except queue.Empty:
                continue
        raise _Stop


def multiply(
    connect: Connect,
    tables: Sequence[Table],
    seed: int,
    django_connection: Any,
    report: Report = lambda _: None,
    only: Sequence[Table] | None = None,
    present: Present = UNKNOWN,
) -> dict[str, int]:
    """Fill tables with rows drawn from their description, in place of all others but those that are to stay.

    Indexes and constraints are afterwards as they were; sequences continue after the greatest key.

    Args:
        connect: Opens connections in autocommit mode to the database.
        tables: The description.
        seed: The run's seed.
        django_connection: Django's connection, whose fields prepare the archetypes' values; it is not opened.
        report: Called with the progress.
        only: The tables of `tables` that this database holds; all by default. The others are drawn, because these may link
            to them.
        present: What is in the database, and stays.

    Returns:
        {model's label: number of rows}.

    Raises:
        InputError: If the description is wrong.
        ServerError: If PostgreSQL fails or refuses the rows.
    """
    check(tables, present)
    held = tables if only is None else only
    pipeline = _Pipeline()
    meter = Meter(sum(table.count for table in held), report)
    with _errors(), connect() as copier, connect() as builder:
        for connection in (copier, builder):
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute("SET DateStyle TO 'ISO'")
            connection.execute(f"SET maintenance_work_mem = '{BUILD_MEMORY}'")
        names = [table.model._meta.db_table for table in held]
        parts = ddl.parts_of(copier, names)
        partitioned = ddl.partitioned(copier, names)
        ddl.drop(copier, parts)
        drawing = (pipeline, tables, seed, django_connection, held, present)
        threads = [
            threading.Thread(target=_draw, args=drawing, name="perflab-draw"),
            threading.Thread(target=_build, args=(pipeline, builder, parts), name="perflab-build"),
        ]
        for thread in threads:
            thread.start()
        with pipeline.watched():
            last = {table.model: table for table in held}
            for table in held:
                freeze = table.model._meta.db_table not in partitioned
                text = _copy(pipeline, copier, meter, freeze=freeze)
                if last[table.model] is table:  # the table of a parent model is filled in parts
                    pipeline.full.put(text)
            pipeline.full.put(None)
            report(LoadProgress("build indexes", meter.total_rows, meter.total_rows))
        for thread in threads:
            thread.join()
        if pipeline.error is not None:
            raise pipeline.error
    return counts(held, present)


def vacuum_rest(connection: psycopg.Connection[Any], tables: Sequence[Table]) -> None:
    """Run VACUUM (FREEZE, ANALYZE) on all other tables, catalogues included, so that a replay has nothing left to do."""
    done = [table.model._meta.db_table for table in tables]
    names = connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm') AND NOT relisshared AND relpersistence = 'p'"
        " AND NOT oid = ANY(%s::regclass[]) ORDER BY 1",
        [[ddl.identifier(name).as_string() for name in done]],
    ).fetchall()
    listed = sql.SQL(", ").join(sql.SQL(name) for (name,) in names)
    connection.execute(sql.SQL("VACUUM (FREEZE, ANALYZE) {}").format(listed))


def _draw(
    pipeline: _Pipeline,
    tables: Sequence[Table],
    seed: int,
    django_connection: Any,
    held: Sequence[Table],
    present: Present,
) -> None:
    """Draw tables and write their chunks into the queue."""
    with pipeline.watched():
        for text in texts(tables, seed, django_connection, held, present):
            for count, chunk in text.chunks():
                pipeline.put((text, chunk, count))
            pipeline.put((text, None, 0))


def texts(
    tables: Sequence[Table],
    seed: int,
    django_connection: Any,
    only: Sequence[Table] | None = None,
    present: Present = UNKNOWN,
) -> Iterator[CopyText]:
    """Yield each table's rows as COPY text, to be used before the next table is drawn; needs no database.

    Args:
        tables: The description.
        seed: The run's seed.
        django_connection: Django's connection, whose fields prepare the archetypes' values; it is not opened.
        only: The tables whose rows are yielded; all by default.
        present: What is in the database, and stays.
    """
    for rows in drawn(tables, seed, present):
        if only is None or rows.table in only:
            yield copy_text(rows, django_connection)


def _copy(pipeline: _Pipeline, connection: psycopg.Connection[Any], meter: Meter, *, freeze: bool) -> CopyText:
    """Copy one table. Emptied in the same transaction, its rows are frozen at once and need no WAL (wal_level=minimal)."""
    text: CopyText
    text, chunk, count = pipeline.get(pipeline.chunks)
    name = ddl.identifier(text.table)
    columns = sql.SQL(", ").join(map(sql.Identifier, text.columns))
    options = sql.SQL(" (FREEZE)" if freeze and not text.keeps_rows else "")
    with connection.transaction():
        if not text.keeps_rows:
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(name))
        elif text.replaced:
            _delete(connection, text)
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN{}").format(name, columns, options)) as copy,
        ):
            while chunk is not None:
                copy.write(chunk)
                meter.add(count)
                text, chunk, count = pipeline.get(pipeline.chunks)
    return text


def _delete(connection: psycopg.Connection[Any], text: CopyText) -> None:
    """Delete the rows that are about to be written again."""
    keys = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in text.key)
    arrays = sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(text.key))
    delete = sql.SQL("DELETE FROM {} WHERE ({}) IN (SELECT * FROM unnest({}))")
    connection.execute(
        delete.format(ddl.identifier(text.table), keys, arrays),
        [[str(key[place]) for key in text.replaced] for place in range(len(text.key))],
    )


def _build(pipeline: _Pipeline, connection: psycopg.Connection[Any], parts: Sequence[ddl.Part]) -> None:
    """Create the indexes and constraints of full tables again, and vacuum them."""
    with pipeline.watched():
        left = list(parts)
        full: set[str] = set()
        while (text := pipeline.get(pipeline.full)) is not None:
            name = ddl.quoted(connection, text.table)
            full.add(name)
            own = [part for part in left if part.table == name and not part.is_foreign_key]
            # foreign keys wait until both tables are full and have their keys
            for part in own:
                _run(pipeline, connection, part)
            keys = [part for part in left if part.is_foreign_key and {part.table, part.target} <= full]
            for part in keys:
                _run(pipeline, connection, part)
            done = {id(part) for part in (*own, *keys)}
            left = [part for part in left if id(part) not in done]
            connection.execute(sql.SQL("VACUUM (FREEZE, ANALYZE) {}").format(ddl.identifier(text.table)))
        for part in left:  # foreign keys of tables that were not filled
            _run(pipeline, connection, part)
        ddl.set_sequences(connection)


def _run(pipeline: _Pipeline, connection: psycopg.Connection[Any], part: ddl.Part) -> None:
    for statement in part.create():
        if pipeline.failed.is_set():
            raise _Stop
        connection.execute(statement)


@contextmanager
def _errors() -> Iterator[None]:
    """Turn the database's errors into one line."""
    try:
        yield
    except PerflabError:
        raise
    except psycopg.errors.DiskFull as error:
        raise ServerError(f"the disk is full: {first_line(error)}", where="seeding", hint="make room") from error
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError) as error:
        detail = error.diag.message_detail or error.diag.context or ""
        raise InputError(
            f"the database rejects the seeded rows: {first_line(error)} {' '.join(detail.split())[:200]}",
            where=f"seed of {error.diag.table_name or 'a table'}", hint="check the columns and archetypes of that table",
        ) from error  # fmt: skip
    except psycopg.Error as error:
        raise ServerError(
            f"cannot fill the database: {first_line(error)}", where="seeding", hint="see the server's log"
        ) from error
