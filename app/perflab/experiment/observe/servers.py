"""Server counters of one cell's turn: two readings and their difference.

Only one worker works at a time, but in checks, in which nothing is read: everything that a server counts between two readings
belongs to that cell. A reading costs two queries and one INFO, about 0.5 ms, outside every clock. A value that is not counted
(SQLite counts nothing) is None.
"""

from __future__ import annotations

from perflab.run.tables import Row
from perflab.servers.database import Database
from perflab.servers.valkey import Cache, CacheCounters

Reading = dict[str, int | None]


class ServerCounters:
    """Read the counters of both servers.

    Args:
        database: The database server.
        cache: The cache server.
    """

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self._cache = cache
        # The traffic of a reading itself: two readings with nothing in between.
        first, second = cache.counters(), cache.counters()
        self._reading_bytes = _traffic(second) - _traffic(first)
        self._readings = 0

    def read(self, database: str) -> Reading:
        """Return what both have counted so far, for one database and for all keys: the columns of the table `counters`."""
        counted = self._database.counters(database)
        cached = self._cache.counters()
        self._readings += 1
        return {
            "wal_bytes": self._database.wal_position(),
            "buffers_hit": counted.buffers_hit,
            "buffers_read": counted.buffers_read,
            "rows_read": counted.rows_read,
            "cache_server_hits": cached.hits,
            "cache_server_misses": cached.misses,
            "cache_server_bytes": _traffic(cached) - self._readings * self._reading_bytes,
        }


def _traffic(counted: CacheCounters) -> int:
    return counted.input_bytes + counted.output_bytes


def difference(before: Reading, after: Reading) -> Row:
    """Return what was counted between two readings; None where one of them is unknown."""
    return {name: _less(after[name], before[name]) for name in after}


def _less(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None else after - before
