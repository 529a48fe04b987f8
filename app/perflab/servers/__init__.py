"""The private PostgreSQL and Valkey: find, start, stop, clone a database, read a CPU clock.

    with open_postgres(data_dir, shared_buffers_mb=512) as postgres, open_cache() as cache: ...

Both look at the user's URL first (PERFLAB_DATABASE_URL, PERFLAB_CACHE_URL), then for a wheel, then on PATH.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from perflab.servers.databases import Postgres
from perflab.servers.external import VARIABLE as DATABASE_VARIABLE
from perflab.servers.external import ExternalPostgres
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.valkey import VARIABLE as CACHE_VARIABLE
from perflab.servers.valkey import Cache, ExternalCache, ValkeyServer

__all__ = [
    "RUN_PREFIX",
    "TEMPLATE_PREFIX",
    "Cache",
    "ExternalCache",
    "ExternalPostgres",
    "Postgres",
    "PostgresServer",
    "ValkeyServer",
    "open_cache",
    "open_postgres",
]


def open_postgres(data_dir: Path | None = None, *, shared_buffers_mb: int = 128, preload: Sequence[str] = (),
                  settings: Mapping[str, str] | None = None) -> PostgresServer | ExternalPostgres:  # fmt: skip
    """The PostgreSQL to use, not yet started. With a URL of the user's the parameters have no effect: it runs already."""
    url = os.environ.get(DATABASE_VARIABLE)
    if url:
        return ExternalPostgres(url)
    return PostgresServer(data_dir, shared_buffers_mb=shared_buffers_mb, preload=preload, settings=settings)


def open_cache() -> ValkeyServer | ExternalCache:
    """The Redis-protocol server to use, not yet started."""
    url = os.environ.get(CACHE_VARIABLE)
    return ExternalCache(url) if url else ValkeyServer()
