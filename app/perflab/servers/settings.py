"""The settings of a private PostgreSQL, and why: a quiet server whose backend does all of a request's work itself.

Only for data that can be seeded again: without fsync a crash of the machine (not of the server) loses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Settings that a version introduced; older servers refuse to start with an unknown name.
SINCE = {"io_method": 18}

QUIET: Mapping[str, str] = {
    # the backend's CPU clock must see all of the work
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "2",  # index builds while seeding; no replay builds one
    "jit": "off",
    # rows without an order come in the same one from every clone: a large table is read from its beginning
    "synchronize_seqscans": "off",
    # nothing in the background, and no extension but one that is off while requests are measured
    "shared_preload_libraries": "",
    "autovacuum": "off",
    "bgwriter_lru_maxpages": "0",
    "checkpoint_timeout": "1d",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    # no waiting for the disk: data can be seeded again
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # no replication
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    # leaves no file in /dev/shm when the server is killed
    "dynamic_shared_memory_type": "mmap",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "500",  # a worker for each cell, and each of their threads has connections of its own
    # the subject's tables belong in public: by default a schema named like the role (perflab, the marker's) comes first
    "search_path": "public",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_destination": "stderr",
    "logging_collector": "off",
}

# The library that counts each statement that a client sends (a trigger's is not one), and how it is switched on and off. It is
# off while requests are measured: it takes 2 µs of the backend's CPU for each statement, a tenth of a small one.
STATEMENTS = "pg_stat_statements"
WITH_STATEMENTS = {
    "shared_preload_libraries": STATEMENTS,
    f"{STATEMENTS}.max": "20000",
    f"{STATEMENTS}.save": "off",
}
COUNTING = {
    True: {f"{STATEMENTS}.track": "top", "compute_query_id": "on"},
    False: {f"{STATEMENTS}.track": "none", "compute_query_id": "off"},
}
# Every backend reads its configuration again before its next statement.
RELOAD_S = 0.05

# On someone else's server only the session's own settings can be changed.
SESSION: Mapping[str, str] = {
    "max_parallel_workers_per_gather": "0", "jit": "off", "synchronous_commit": "off", "synchronize_seqscans": "off",
}  # fmt: skip

# The settings that the report shows.
REPORTED = (
    *QUIET,
    "shared_buffers",
    "work_mem",
    "effective_cache_size",
    "random_page_cost",
    "data_checksums",
    "server_encoding",
    "lc_collate",
)


def server_settings(version: int, sockets: Path, shared_buffers_mb: int, more: Mapping[str, str]) -> dict[str, str]:
    """Return the settings for a private server.

    Args:
        version: PostgreSQL's major version.
        sockets: The folder of its socket.
        shared_buffers_mb: `shared_buffers`, in MiB.
        more: Settings that win over all others.
    """
    settings = {name: value for name, value in QUIET.items() if version >= SINCE.get(name, 0)}
    settings["unix_socket_directories"] = str(sockets)
    settings["shared_buffers"] = f"{shared_buffers_mb}MB"
    return settings | dict(more)
