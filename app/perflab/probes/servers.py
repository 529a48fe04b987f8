"""What the servers counted during one cell's turn: two readings and their difference.

Only one worker works at a time, so what the whole server counted between two readings is that cell's. A reading costs
two queries and one INFO, about 0.5 ms, outside every clock.
"""

from __future__ import annotations

from perflab.measurement import Row
from perflab.servers import Cache, Postgres
from perflab.servers.valkey import CacheCounters

Reading = dict[str, int]


class ServerCounters:
    """Reads the counters of both servers."""

    def __init__(self, postgres: Postgres, cache: Cache) -> None:
        self._postgres = postgres
        self._cache = cache
        # What the cache server counts of the lab's own question: asked twice, with nothing in between.
        first, second = cache.counters(), cache.counters()
        self._question_bytes = _traffic(second) - _traffic(first)
        self._readings = 0

    def read(self, database: str) -> Reading:
        """What both have counted so far, for one database and for all keys: the columns of the counters table."""
        counted = self._postgres.counters(database)
        cached = self._cache.counters()
        self._readings += 1
        return {
            "wal_bytes": self._postgres.wal_position(),
            "buffers_hit": counted.buffers_hit,
            "buffers_read": counted.buffers_read,
            "rows_read": counted.rows_read,
            "cache_server_hits": cached.hits,
            "cache_server_misses": cached.misses,
            "cache_server_bytes": _traffic(cached) - self._readings * self._question_bytes,
        }


def _traffic(counted: CacheCounters) -> int:
    return counted.input_bytes + counted.output_bytes


def difference(before: Reading, after: Reading) -> Row:
    """What was counted between two readings."""
    return {name: after[name] - before[name] for name in after}
