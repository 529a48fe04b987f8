"""The private PostgreSQL and Valkey: find, start, stop, clone a database, read a CPU clock. And SQLite files in its place.

    with open_postgres(data_dir, shared_buffers_mb=512) as postgres, open_cache() as cache: ...

Both servers look at the user's URL first (PERFLAB_DATABASE_URL, PERFLAB_CACHE_URL), then for a wheel, then on PATH.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from perflab.errors import ServerError
from perflab.servers.database import POSTGRESQL, SQLITE, Database
from perflab.servers.databases import Postgres
from perflab.servers.external import VARIABLE as DATABASE_VARIABLE
from perflab.servers.external import ExternalPostgres
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles
from perflab.servers.valkey import VARIABLE as CACHE_VARIABLE
from perflab.servers.valkey import Cache, ExternalCache, ValkeyServer

__all__ = [
    "POSTGRESQL",
    "RUN_PREFIX",
    "SQLITE",
    "TEMPLATE_PREFIX",
    "Cache",
    "Database",
    "ExternalCache",
    "ExternalPostgres",
    "Postgres",
    "PostgresServer",
    "SqliteFiles",
    "ValkeyServer",
    "open_cache",
    "open_database",
    "open_postgres",
]


def open_postgres(data_dir: Path | None = None, *, shared_buffers_mb: int = 128, preload: Sequence[str] = (),
                  settings: Mapping[str, str] | None = None) -> PostgresServer | ExternalPostgres:  # fmt: skip
    """The PostgreSQL to use, not yet started. With a URL of the user's the parameters have no effect: it runs already."""
    url = os.environ.get(DATABASE_VARIABLE)
    if url:
        return ExternalPostgres(url)
    return PostgresServer(data_dir, shared_buffers_mb=shared_buffers_mb, preload=preload, settings=settings)


def open_database(
    vendor: str, data_dir: Path | None, *, shared_buffers_mb: int = 128, project: Mapping[str, Any] | None = None
) -> AbstractContextManager[Database]:
    """What holds seeded data, not yet started: a PostgreSQL, or SQLite files that are opened as the project opens its own.

    `project` is the project's entry in DATABASES, if that is SQLite. `data_dir` None: the data is on the user's PostgreSQL.
    """
    if vendor != SQLITE:
        return open_postgres(data_dir, shared_buffers_mb=shared_buffers_mb)
    if data_dir is None:
        raise ServerError("SQLite files need a folder", hint="seed the data first")
    return SqliteFiles(data_dir, project)


def open_cache() -> ValkeyServer | ExternalCache:
    """The Redis-protocol server to use, not yet started."""
    url = os.environ.get(CACHE_VARIABLE)
    return ExternalCache(url) if url else ValkeyServer()
