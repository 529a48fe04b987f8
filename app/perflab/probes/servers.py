"""What the servers counted during one cell's turn: two readings and their difference.

Only one worker works at a time, so what the whole server counted between two readings is that cell's. A reading costs
one query and one INFO, about 0.5 ms, outside every clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab.measurement import Row

# One query. pg_stat_database needs no connection to the database that it tells about.
_DATABASE = """
SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal_bytes, blks_hit, blks_read, tup_returned
FROM pg_stat_database WHERE datname = %s
"""

_CACHE_FIELDS = {
    "cache_server_hits": "keyspace_hits",
    "cache_server_misses": "keyspace_misses",
    "cache_server_bytes": "total_net_output_bytes",
}


class ServerCounters:
    """Reads the counters of both servers. `admin` is a connection to another database than the clones."""

    def __init__(self, admin: Any, cache_info: Any) -> None:
        self._admin = admin
        self._cache_info = cache_info

    def read(self, database: str) -> dict[str, int | None]:
        row = self._admin.execute(_DATABASE, [database]).fetchone()
        wal, hit, read, returned = row if row is not None else (None,) * 4
        info: Mapping[str, Any] = self._cache_info()
        reading = {
            "wal_bytes": None if wal is None else int(wal),
            "buffers_hit": hit,
            "buffers_read": read,
            "rows_read": returned,
        }
        for column, field in _CACHE_FIELDS.items():
            value = info.get(field)
            reading[column] = None if value is None else int(value)
        return reading


def difference(before: Mapping[str, int | None], after: Mapping[str, int | None]) -> Row:
    """after - before, for each counter; None where either is unknown."""
    return {name: _minus(after[name], before[name]) for name in after}


def _minus(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None else after - before
