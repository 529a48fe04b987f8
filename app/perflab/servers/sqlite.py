"""SQLite instead of a server: a folder of files that belong to the lab. A clone is a copy of a file.

There is no process: SQLite works in the application's own thread. So its CPU time cannot be separated from the application's,
and nothing counts pages, rows or bytes of a log: all of these are unknown.

Templates are written without waiting for the disk, and flushed to it (fsync) before they get their name or a manifest. Whether
a write to a clone waits for the disk, and how SQLite keeps its journal, are the project's choices (aliases/entry.py).

A file is the lab's if it has one of the lab's names (ownership.py) and the lab's mark in its header, which copies inherit.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from perflab.errors import ForeignDatabase, ServerError
from perflab.servers.aliases.entry import merged
from perflab.servers.aliases.handler import pragmas
from perflab.servers.database import SQLITE, DatabaseCounters
from perflab.servers.ownership import PREFIX, RUN_PREFIX, check_name
from perflab.servers.supervision.lifecycle import Lifecycle

FOLDER = "sqlite"  # of a seeded data set, beside its manifest
ENDING = ".sqlite3"
# SQLite's own files beside a database that is open, or was when its process ended.
BESIDE = ("-journal", "-wal", "-shm")
# "application_id", four bytes of the file's header that SQLite leaves to applications.
MARK = int.from_bytes(b"pflb", "big")
MARK_AT = 68
READ_BYTES = 1024**2
PRAGMA_NO_SYNC = "PRAGMA synchronous = OFF"

# The settings of a worker's connection that the report shows.
REPORTED = "journal_mode synchronous page_size cache_size mmap_size temp_store busy_timeout foreign_keys"
SYNCHRONOUS = ("off", "normal", "full", "extra")


class Connection(sqlite3.Connection):
    """In autocommit mode. As a context manager it closes, as psycopg's does."""

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False


class SqliteFiles(Lifecycle):
    """The files of one seeded data set, whose user holds its data_lock.

    Args:
        folder: Where they are.
        project: The project's own entry in DATABASES, if that is SQLite.
    """

    vendor: str = SQLITE
    private: bool = True
    local: bool = False
    source: str = "Python's sqlite3"

    def __init__(self, folder: Path, project: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self._project = {"ENGINE": "django.db.backends.sqlite3", **(project or {})}
        self._templates: dict[str, str] = {}

    def start(self) -> None:
        """Make the folder if it is missing, and drop what an interrupted run left there."""
        with self.errors("cannot create the folder"):
            self.folder.mkdir(exist_ok=True)
            self.folder.chmod(0o700)
        self.drop_leftovers()

    def stop(self) -> None:
        """Do nothing: no process runs."""

    @property
    def version(self) -> str:
        """SQLite's version, such as 3.46.1."""
        return sqlite3.sqlite_version

    def address(self) -> str:
        """Return where the files are, for a message."""
        return f"SQLite in {self.folder}"

    def pin(self, cpus: Sequence[int]) -> bool:
        """Return True: SQLite runs where the workers run."""
        return True

    # -- ownership -----------------------------------------------------------------------------------------------------

    def path(self, database: str) -> Path:
        """Return a database's file. Raises ForeignDatabase if the name is not one of the lab's."""
        check_name(database)
        return self.folder / f"{database}{ENDING}"

    def uri(self, database: str, mode: str) -> str:
        """Return a file's address for SQLite; `mode` is ro or rw."""
        return f"{self.path(database).as_uri()}?mode={mode}"

    def check_ours(self, database: str) -> None:
        """Check that the lab made this database's file.

        Raises:
            ForeignDatabase: If its name is not one of the lab's, or its file has no mark.
            ServerError: If it is missing or cannot be read.
        """
        with self.errors(f"cannot read database {database}"), self.path(database).open("rb") as file:
            file.seek(MARK_AT)
            mark = file.read(4)
        if mark != MARK.to_bytes(4, "big"):
            raise ForeignDatabase(
                f"database {database} was not created by perflab (its file has no mark) and is left alone",
                where=self.address(), hint="move it elsewhere",
            )  # fmt: skip

    def exists(self, database: str) -> bool:
        """Return whether there is a file for this database."""
        return self.path(database).is_file()

    def databases(self) -> list[str]:
        """Return the names of all databases in the folder."""
        return sorted(path.name.removesuffix(ENDING) for path in self.folder.glob(f"{PREFIX}*{ENDING}"))

    def template_of(self, clone: str) -> str:
        """Return the database that this object copied a clone from. Raises ServerError for any other."""
        if clone not in self._templates:
            raise ServerError(f"the template of {clone} is unknown", where=self.address())
        return self._templates[clone]

    # -- connections ---------------------------------------------------------------------------------------------------

    def connect(self, database: str, *, read_only: bool = False) -> Connection:
        """Open a connection in autocommit mode that has Django's functions: a plan or an index may need them."""
        self.check_ours(database)
        return self._open(database, "ro" if read_only else "rw")

    def _open(self, database: str, mode: str) -> Connection:
        from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped]  # private

        with self.errors(f"cannot open database {database}"):
            connection = sqlite3.connect(self.uri(database, mode), uri=True, isolation_level=None, factory=Connection)
        register(connection)
        return connection

    def django_settings(self, database: str) -> dict[str, Any]:
        """Return the place of a database as an entry for DATABASES; a template opens without waiting for the disk."""
        self.check_ours(database)
        place = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.path(database)), "CONN_MAX_AGE": None}
        return place if database.startswith(RUN_PREFIX) else {**place, "OPTIONS": {"init_command": PRAGMA_NO_SYNC}}

    @property
    def settings(self) -> dict[str, str]:
        """The settings in force in a worker's connection. Read in an empty clone, 5 ms."""
        name = f"{RUN_PREFIX}settings"
        self.create_database(name)
        try:
            values = pragmas(merged(self._project, self.django_settings(name)), REPORTED.split())
        finally:
            self.drop(name)
        settings = {pragma: str(value) for pragma, value in values.items()}
        return settings | {"synchronous": SYNCHRONOUS[int(settings["synchronous"])]}

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Turn SQLite's and the file system's errors into one-line ServerErrors.

        Raises:
            ServerError: For each of these errors.
        """
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            hint = "make room" if "full" in text or "No space" in text else None
            raise ServerError(f"{what}: {' '.join(text.split())}", where=self.address(), hint=hint) from error

    # -- creating and dropping -----------------------------------------------------------------------------------------

    def create_database(self, name: str) -> None:
        """Make an empty database with the lab's mark."""
        self._new(name)
        with self.errors(f"cannot create database {name}"), self._open(name, "rw") as connection:
            connection.execute(f"PRAGMA application_id = {MARK}")

    def _new(self, name: str) -> Path:
        """An empty file that only its user can read; SQLite gives the files beside it the same rights."""
        path = self.path(name)
        with self.errors(f"cannot create database {name}"):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return path

    def clone(self, template: str, name: str) -> None:
        """Copy a file (0.1 s for 200 MB). Nobody may be writing to the template."""
        self.check_ours(template)
        path = self._new(name)
        with self.errors(f"cannot clone {template} to {name}"):
            try:
                shutil.copyfile(self.path(template), path)
            except BaseException:
                path.unlink()  # a full disk is left with room
                raise
        self._templates[name] = template

    def rename(self, name: str, to: str) -> None:
        """Give a file its final name, after flushing it to the disk."""
        self.sync(name)
        with self.errors(f"cannot rename {name} to {to}"):
            self.path(name).rename(self.path(to))
            _fsync(self.folder)
        self._templates.pop(name, None)

    def drop(self, name: str, *, missing_ok: bool = True) -> None:
        """Remove one of the lab's files, and SQLite's beside it. A process that has it open keeps a file that no other sees."""
        if not self.exists(name) and missing_ok:
            return
        self.check_ours(name)
        with self.errors(f"cannot drop database {name}"):
            _remove(self.path(name))
        self._templates.pop(name, None)

    def drop_leftovers(self) -> list[str]:
        """Drop all per-run clones, half-made ones included, and return their names: nobody else uses the folder."""
        with self.errors("cannot drop what an interrupted run left"):
            return remove_clones(self.folder)

    # -- maintenance and figures ---------------------------------------------------------------------------------------

    def vacuum(self, name: str) -> None:
        """Run VACUUM and ANALYZE, and flush the file to the disk."""
        with self.errors(f"cannot vacuum {name}"), self.connect(name) as connection:
            connection.execute(PRAGMA_NO_SYNC)
            connection.execute("VACUUM")
            connection.execute("ANALYZE")
        self.sync(name)

    def sync(self, name: str) -> None:
        """Flush a file to the disk, so that what was written without waiting survives a crash."""
        self.check_ours(name)
        with self.errors(f"cannot write database {name} to the disk"):
            _fsync(self.path(name))

    def prewarm(self, name: str) -> int | None:
        """Read the whole file into the system's memory; return the number of pages."""
        with self.errors(f"cannot prewarm {name}"), self.path(name).open("rb", buffering=0) as file:
            while file.read(READ_BYTES):
                pass
        with self.connect(name, read_only=True) as connection:
            return int(connection.execute("PRAGMA page_count").fetchone()[0])

    def size_bytes(self, name: str) -> int:
        """Return the size of a database's file, in bytes."""
        with self.errors(f"cannot read database {name}"):
            return self.path(name).stat().st_size

    def counters(self, name: str) -> DatabaseCounters:
        """Return counters that are all unknown: SQLite has none."""
        return DatabaseCounters(None, None, None)

    def wal_position(self) -> int | None:
        """Return None: SQLite does not count the bytes of its log."""
        return None

    def count_statements(self, on: bool) -> None:
        """Do nothing: SQLite counts no statements."""

    def statements(self) -> None:
        """Return None: SQLite counts no statements."""


def remove_clones(folder: Path) -> list[str]:
    """Remove the per-run clones in a folder of SQLite files; return their names."""
    paths = sorted(folder.glob(f"{RUN_PREFIX}*{ENDING}"))
    for path in paths:
        _remove(path)
    return [path.name.removesuffix(ENDING) for path in paths]


def _remove(path: Path) -> None:
    """The database last: without it nobody would look for the files beside it."""
    for ending in BESIDE:
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
