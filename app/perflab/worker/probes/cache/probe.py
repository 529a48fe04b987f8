"""The probe of the caches: counts the operations on them, and lets their entries expire in the trace's time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from perflab.worker.probes.base import Probe
from perflab.worker.probes.cache import clients, keys
from perflab.worker.probes.cache.counting import Counting
from perflab.worker.probes.cache.keys import KEY_PREFIX
from perflab.worker.probes.cache.server_time import ServerTime
from perflab.worker.probes.operation import Operation


class CacheProbe(Probe):
    """Count this request's hits, misses, sets and deletes, over every cache that it was installed on.

    `record`, where it is set, is called with each operation and the value that it found or stored.

    Args:
        start_s: What the trace's clock shows at its beginning, in Unix time; now by default.
    """

    __slots__ = ("_server_time", "deletes", "hits", "misses", "record", "sets", "values_read", "wrapped")

    def __init__(self, start_s: float | None = None) -> None:
        self.record: Callable[[Operation, Any], None] | None = None
        self.wrapped: dict[str, Counting] = {}
        self._server_time = ServerTime(clients.send, time.time() if start_s is None else start_s)
        self.start()

    def start(self) -> None:
        """Begin a request."""
        self.hits = 0
        self.misses = 0
        self.sets = 0
        self.deletes = 0
        self.values_read: dict[tuple[int, str], Any] = {}  # what this request found, by the cache and the key

    def read(self) -> Mapping[str, int | float | None]:
        """Return the number of operations of each kind."""
        counts = {"hits": self.hits, "misses": self.misses, "sets": self.sets, "deletes": self.deletes}
        return {f"cache_{name}": count for name, count in counts.items()}

    def prepare(self, caches: Mapping[str, Mapping[str, Any]]) -> None:
        """Put the time of entries on a server in place: before the project is set up, which may store some.

        Backends that keep the time of their entries themselves read the trace's, as all of Python does.

        Args:
            caches: The CACHES setting.
        """
        places = [str(options.get("LOCATION", "")) for options in keys.every(caches)]
        if any(f"client_name={KEY_PREFIX}" in place for place in places):
            clients.translate(self._server_time, any(f"client_name={KEY_PREFIX}-" in place for place in places))

    def install(self, connection: Any) -> None:
        """Wrap every cache of the project that keeps anything, in this thread and in those to come.

        Args:
            connection: Not used.
        """
        from django.core import cache

        caches: Any = cache.caches  # its types lack what is used here
        before = [alias for alias in caches if hasattr(caches._connections, alias)]  # made when the project was set up
        create = caches.create_connection

        def create_connection(alias: str) -> Any:
            return self.wrap(create(alias), alias)

        caches.create_connection = create_connection
        for alias in before:
            self.wrap(caches[alias], alias)
        for alias in caches:
            caches[alias]

    def wrap(self, cache: Any, alias: str = "default") -> Any:
        """Wrap the methods of one cache backend's instance, and return it.

        Args:
            cache: The instance; one that keeps nothing stays as it is.
            alias: Its name; each thread has an instance of its own.
        """
        from django.core.cache.backends.dummy import DummyCache

        if not isinstance(cache, DummyCache):
            counting = Counting(self, cache)
            self.wrapped.setdefault(alias, counting)
        return cache

    def restore(self, caches: Mapping[str, Mapping[str, Any]]) -> int:
        """Learn when the entries expire that were put on the lab's server; return how many there are.

        Args:
            caches: The CACHES setting.
        """
        places = {str(options.get("LOCATION", "")) for options in keys.every(caches)}
        own = sorted(place for place in places if f"client_name={KEY_PREFIX}" in place)
        return sum(clients.adopt(self._server_time, place) for place in own)

    def expire(self, now_s: float) -> int:
        """Set the trace's time, and delete what is due on a server; return how many entries that was.

        Entries in memory, in files and in the database are found to be due when they are looked up, as in production.

        Args:
            now_s: Seconds since the beginning of the trace.
        """
        return self._server_time.advance(now_s)
