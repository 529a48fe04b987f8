"""Copying the data directory of a running PostgreSQL that nobody writes to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg

from perflab.errors import ServerError
from perflab.servers.disk.spreading import spread
from perflab.servers.supervision.users import ServerUser

# The object ids of the lab's databases.
OWN_DATABASES = r"SELECT datname, oid FROM pg_database WHERE datname LIKE 'perflab\_%'"
# The segments of the write-ahead log from the last checkpoint on.
SEGMENTS = "SELECT redo_wal_file, pg_walfile_name(pg_current_wal_insert_lsn()) FROM pg_control_checkpoint()"
# Of one server alone: its lock, its command line.
OWN = frozenset({"postmaster.pid", "postmaster.opts"})


class Running(Protocol):
    """Define what a copy needs of the server whose data it is."""

    @property
    def data_dir(self) -> Path:
        """The data directory."""
        ...

    @property
    def maintenance(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection to it."""
        ...

    def wal_position(self) -> int:
        """Return the bytes of WAL written so far."""
        ...


@dataclass(frozen=True)
class Origin:
    """Say what a server on a copy starts from: another server, and those of the lab's databases that it needs."""

    server: Running
    databases: frozenset[str]

    def copy_to(self, target: Path, user: ServerUser | None) -> None:
        """Copy the data directory as it is now.

        Args:
            target: The copy; it must not exist.
            user: Whom the copy belongs to; None for this process's user.

        Raises:
            ServerError: A file cannot be copied, or somebody wrote meanwhile.
        """
        connection = self.server.maintenance
        skipped = [oid for name, oid in connection.execute(OWN_DATABASES).fetchall() if name not in self.databases]
        connection.execute("CHECKPOINT")
        before = self.server.wal_position()
        segments = connection.execute(SEGMENTS).fetchone()
        copy_cluster(self.server.data_dir, target, user, skipped, segments or ())
        if self.server.wal_position() != before:
            raise ServerError(
                "the data changed while it was copied",
                where=str(self.server.data_dir),
                hint="set lanes to 1 in the profile",
            )


def copy_cluster(
    source: Path, target: Path, user: ServerUser | None, skipped: Collection[int], wal: Collection[str]
) -> None:
    """Copy a data directory, about 1 GB/s from the system's page cache.

    The copy is that of a moment only if nothing was written since a checkpoint: the caller makes sure of that. A server that
    starts on it recovers from that checkpoint, as after a crash.

    Args:
        source: The data directory.
        target: The copy; it must not exist.
        user: Whom the copy belongs to; None for this process's user.
        skipped: The object ids of databases whose files are left out: nobody can connect to them in the copy.
        wal: The segments of the write-ahead log that are needed; the others are left out.

    Raises:
        ServerError: A file cannot be copied.
    """
    try:
        _copy(source, target, user, frozenset(source / "base" / str(oid) for oid in skipped), frozenset(wal))
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ServerError(
            f"cannot copy the database: {error.strerror or error}",
            where=str(target),
            hint="make room, or set lanes to 1",
        ) from error


def _copy(source: Path, target: Path, user: ServerUser | None, skipped: Collection[Path], wal: Collection[str]) -> None:
    def own(path: Path, like: Path) -> None:
        path.chmod(like.stat().st_mode & 0o777)
        if user is not None:
            os.chown(path, user.uid, user.gid)

    for folder, below, files in os.walk(source):
        place = Path(folder)
        below[:] = [name for name in below if place / name not in skipped]
        copy = target / place.relative_to(source)
        copy.mkdir()
        own(copy, place)
        if place == source / "base":
            spread(copy)
        for name in files:
            if name not in OWN and (place != source / "pg_wal" or name in wal):
                shutil.copyfile(place / name, copy / name)
                own(copy / name, place / name)
