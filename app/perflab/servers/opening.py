"""Opening the database and the cache server that a project is measured on; neither is started yet.

Both servers come from the user's URL (PERFLAB_DATABASE_URL, PERFLAB_CACHE_URL), else from a wheel, else from PATH.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from perflab.errors import ServerError
from perflab.servers.database import DATABASE_VARIABLE, SQLITE, Database
from perflab.servers.external import ExternalPostgres
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles
from perflab.servers.valkey import CACHE_VARIABLE, ExternalCache, ValkeyServer


def open_postgres(
    data_dir: Path | None = None, *, shared_buffers_mb: int = 128, counting: bool = False
) -> PostgresServer | ExternalPostgres:
    """Return the PostgreSQL to use, not yet started. The parameters have no effect on one that the user's URL names.

    Args:
        data_dir: The data directory, made if it is missing; None for one that is removed when the server stops.
        shared_buffers_mb: The server's `shared_buffers`, in MiB.
        counting: Whether it can count statements.
    """
    url = os.environ.get(DATABASE_VARIABLE)
    if url:
        return ExternalPostgres(url)
    return PostgresServer(data_dir, shared_buffers_mb=shared_buffers_mb, counting=counting)


def open_database(
    vendor: str, data_dir: Path | None, *, shared_buffers_mb: int = 128, project: Mapping[str, Any] | None = None
) -> AbstractContextManager[Database]:
    """Return the database server for seeded data, not yet started: a PostgreSQL, or SQLite files, opened as by the project.

    Args:
        vendor: POSTGRESQL or SQLITE.
        data_dir: Where the data is; None if it is on the user's PostgreSQL.
        shared_buffers_mb: PostgreSQL's `shared_buffers`, in MiB.
        project: The project's entry in DATABASES, if that is SQLite.

    Raises:
        ServerError: There are no SQLite files without a folder.
    """
    if vendor != SQLITE:
        return open_postgres(data_dir, shared_buffers_mb=shared_buffers_mb, counting=True)
    if data_dir is None:
        raise ServerError("there is no folder for the SQLite files", hint="seed the data first")
    return SqliteFiles(data_dir, project)


def open_cache() -> ValkeyServer | ExternalCache:
    """Return the Redis-protocol server to use, not yet started."""
    url = os.environ.get(CACHE_VARIABLE)
    return ExternalCache(url) if url else ValkeyServer()


def check_named_cache() -> None:
    """Check that the cache server that the user's URL names can be used, if there is one.

    Raises:
        ServerError: The URL is invalid, or the server does not respond.
    """
    if os.environ.get(CACHE_VARIABLE):
        with open_cache():
            pass
