"""Requests from the tables that Silk and the debug toolbar's DatabaseStore keep in the project's own database.

The database is read in a read-only transaction, and only its columns of method, path, status and time. Both stores may keep less
than there was (Silk by `SILKY_INTERCEPT_PERCENT`, the toolbar by `RESULTS_CACHE_SIZE`): weights hold, the rate does not.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.scenario.drafting.logs import Logged, logged, read

SQLITE = b"SQLite format 3\0"
# Bytes 18 of a file's header: 2 if it is kept with a write-ahead log.
FORMAT_AT, WAL = 18, 2
URLS = ("postgres://", "postgresql://")
# So many rows are held at once.
ROWS = 1000
_EXISTS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)",
}
_SILK = (
    "SELECT r.method, r.path, s.status_code, r.start_time, r.time_taken FROM silk_request r "
    "JOIN silk_response s ON s.request_id = r.id"
)
_TOOLBAR = "SELECT data FROM debug_toolbar_historyentry"
_PANEL = "HistoryPanel"

Run = Callable[[str], Iterator[Sequence[Any]]]


def requests_of(place: str) -> Iterator[Logged | None]:
    """Return the requests of a log or of a store; None for a line or an entry that is none.

    Args:
        place: A log (see logs.read), a SQLite database, or the address of a PostgreSQL database.

    Raises:
        InputError: It cannot be read, or has none.
    """
    if place.startswith(URLS):
        return of_url(place)
    return of_sqlite(Path(place)) if _is_sqlite(Path(place)) else read(Path(place))


def _is_sqlite(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(len(SQLITE)) == SQLITE
    except OSError:  # told by whoever reads it
        return False


def of_sqlite(file: Path) -> Iterator[Logged | None]:
    """Yield the requests that a SQLite database keeps; None for an entry that is none.

    Args:
        file: The database. A change that its write-ahead log holds is read too.

    Raises:
        InputError: It cannot be read, or has none of the tables.
    """
    try:
        with closing(sqlite3.connect(uri_of(file), uri=True)) as connection:
            yield from _requests("sqlite", connection.execute, str(file))
    except sqlite3.Error as error:
        raise InputError(f"cannot read {file}: {error}") from error


def uri_of(path: Path) -> str:
    """Return the address of a file that opens it to be read only.

    A file with a write-ahead log that nobody has open is opened as one that does not change: otherwise even a reader makes
    files beside it.

    Args:
        path: The file.
    """
    with path.open("rb") as file:
        file.seek(FORMAT_AT)
        has_log = file.read(1) == bytes([WAL])
    is_open = path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if has_log and not is_open else ''}"


def of_url(url: str) -> Iterator[Logged | None]:
    """Yield the requests that a PostgreSQL database keeps; None for an entry that is none.

    Args:
        url: Its address, `postgresql://user@host/database`.

    Raises:
        InputError: It cannot be read, or has none of the tables.
    """
    import psycopg  # 0.1 s

    try:
        with psycopg.connect(url) as connection:
            connection.read_only = True

            def run(sql: str) -> Iterator[Sequence[Any]]:
                with connection.cursor("perflab") as cursor:
                    cursor.itersize = ROWS
                    cursor.execute(sql)
                    yield from cursor

            yield from _requests("postgresql", run, "the database")
    except psycopg.Error as error:
        raise InputError(f"cannot read the database: {' '.join(str(error).split())}") from error


def _requests(vendor: str, run: Run, where: str) -> Iterator[Logged | None]:
    tables = {str(name) for (name,) in run(_EXISTS[vendor])}
    has_silk, has_toolbar = {"silk_request", "silk_response"} <= tables, "debug_toolbar_historyentry" in tables
    if not has_silk and not has_toolbar:
        raise InputError(
            f"{where} has no requests: neither Silk's tables nor the debug toolbar's",
            hint='the toolbar keeps them with TOOLBAR_STORE_CLASS = "debug_toolbar.store.DatabaseStore"',
        )
    if has_silk:
        for method, path, status, began, took in run(_SILK):
            yield logged(method, path, status, _moment(began), None if took is None else took / 1000)
    if has_toolbar:
        for (data,) in run(_TOOLBAR):
            yield _of_toolbar(data)


def _of_toolbar(data: Any) -> Logged | None:
    """Return the request of an entry, whose panels are JSON within JSON."""
    try:
        panels = json.loads(data) if isinstance(data, str) else data
        panel = json.loads(panels[_PANEL])
        return logged(panel["request_method"], panel["request_url"], panel["status_code"], panel.get("time"))
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError):
        return None


def _moment(began: Any) -> Any:
    """Return Silk's time with its zone: SQLite keeps UTC without one."""
    try:
        moment = datetime.fromisoformat(began) if isinstance(began, str) else began
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, AttributeError):
        return None
