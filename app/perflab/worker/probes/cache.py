"""Count the operations on Django's caches, and let entries expire in trace time.

A run of minutes never reaches a time-to-live of half an hour, and a slow cell would age its entries more than a fast
one. Entries are therefore stored without a time-to-live, and `expire` deletes those that are due between two requests, outside
the clocks.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from time import monotonic_ns
from typing import Any

from django.core.cache.backends.base import BaseCache

from perflab.worker.probes.base import Probe
from perflab.worker.probes.operation import Operation

_MISSING = object()
COUNTED = ("get", "get_many", "set", "add", "set_many", "touch", "delete", "delete_many")
DUMMY_CACHE = "DummyCache"  # keeps nothing
NO_COMPRESSOR = "IdentityCompressor"


class CacheProbe(Probe):
    """Count this request's hits, misses, sets and deletes, over every cache that it was installed on.

    Only the application's own operations are counted: those that a backend makes internally (some backends' `get_many` calls
    `get`; `get_or_set` reads again what it has just stored) are not. `record`, where it is set, is called with each operation.
    """

    __slots__ = ("_deadlines", "_due", "_now_s", "deletes", "hits", "misses", "record", "sets", "wrapped")

    def __init__(self) -> None:
        self.record: Callable[[Operation], None] | None = None
        self.wrapped: list[_Wrapped] = []
        self._now_s = 0.0
        self._due: list[tuple[float, int, str]] = []
        # The deadline that counts for a key: a key that was set again leaves an outdated entry in the heap.
        self._deadlines: dict[tuple[int, str], tuple[float, Callable[[], Any]]] = {}
        self.start()

    def start(self) -> None:
        """Begin a request."""
        self.hits = 0
        self.misses = 0
        self.sets = 0
        self.deletes = 0

    def read(self) -> Mapping[str, int | float | None]:
        """Return the number of operations of each kind."""
        counts = {"hits": self.hits, "misses": self.misses, "sets": self.sets, "deletes": self.deletes}
        return {f"cache_{name}": count for name, count in counts.items()}

    def install(self, connection: Any) -> None:
        """Wrap every cache of the project that keeps anything.

        Args:
            connection: Not used.
        """
        from django.core.cache import caches

        for alias in caches:
            if type(caches[alias]).__name__ != DUMMY_CACHE:
                self.wrap(caches[alias])

    def wrap(self, cache: Any) -> None:
        """Wrap the methods of one cache backend's instance."""
        self.wrapped.append(_Wrapped(self, cache))

    def expire(self, now_s: float) -> int:
        """Advance trace time to `now_s`, delete the keys that are due, and return their number."""
        self._now_s = now_s
        expired = 0
        while self._due and self._due[0][0] <= now_s:
            deadline, owner, key = heapq.heappop(self._due)
            current = self._deadlines.get((owner, key))
            if current is not None and current[0] == deadline:
                del self._deadlines[owner, key]
                current[1]()
                expired += 1
        return expired

    def remember(self, owner: int, key: str, ttl_s: float | None, delete: Callable[[], Any]) -> None:
        """Record when a key that was just set is due.

        Args:
            owner: Identifies the cache.
            key: The full key.
            ttl_s: Seconds of trace time until it is due; None is never.
            delete: Deletes the key.
        """
        if ttl_s is None:
            self._deadlines.pop((owner, key), None)
            return
        deadline = self._now_s + ttl_s
        self._deadlines[owner, key] = (deadline, delete)
        heapq.heappush(self._due, (deadline, owner, key))


class _Wrapped:
    """Replace the methods of one backend's instance; `_inside` is true while a backend calls itself."""

    def __init__(self, probe: CacheProbe, cache: Any) -> None:
        self.probe = probe
        self.cache = cache
        self._inside = False
        self._uncounted = {name: getattr(cache, name) for name in COUNTED if hasattr(cache, name)}
        for name, original in self._uncounted.items():
            setattr(cache, name, self._outermost(original, getattr(self, f"_{name}")))
        if getattr(type(cache), "get_or_set", None) is BaseCache.get_or_set:
            cache.get_or_set = self._outermost(cache.get_or_set, self._get_or_set)

    def _outermost(self, original: Callable[..., Any], counted: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return original(*args, **kwargs)
            self._inside = True
            try:
                return counted(original, *args, **kwargs)
            finally:
                self._inside = False

        return call

    def _ttl(self, timeout: Any) -> float | None:
        """Return the seconds until a key is due; None is never. Django's DEFAULT_TIMEOUT is an object, not a number."""
        if timeout is None:
            return None
        if isinstance(timeout, (int, float)):
            return float(timeout)
        default: float | None = self.cache.default_timeout
        return default

    def _record(self, name: str, keys: Iterable[str], version: Any, **what: Any) -> None:
        if self.probe.record is not None:
            for key in keys:
                self.probe.record(Operation(name, str(self.cache.make_key(key, version=version)), **what))

    def weigh(self, operation: Operation) -> bool:
        """Fill in the size of an operation's entry on a Redis-protocol server; False where the server has no such entry.

        Other backends do not report sizes. Where django-redis compresses, the entry is decompressed and compressed again with
        the project's own compressor. Costs a round trip, and three times what compression takes.
        """
        try:
            client = (
                self.cache.client.get_client() if hasattr(self.cache, "client") else self.cache._cache.get_client(None)
            )
            stored = client.get(operation.key)
        except Exception:  # a backend of another kind, or a server that is gone: only the size is unknown
            return False
        if not stored:
            return False
        operation.bytes = operation.raw_bytes = len(stored)
        compressor = getattr(getattr(self.cache, "client", None), "_compressor", None)
        if compressor is None or type(compressor).__name__ == NO_COMPRESSOR:
            operation.raw_bytes = None
            return True
        try:
            raw, operation.unpack_s = _timed(compressor.decompress, stored)
            _, operation.pack_s = _timed(compressor.compress, raw)
            operation.raw_bytes = len(raw)
        except Exception:  # too small to be compressed: it was stored as it is
            operation.unpack_s = None
        return True

    def _stored(self, key: str, timeout: Any, version: Any) -> None:
        full = str(self.cache.make_key(key, version=version))
        self.probe.remember(id(self), full, self._ttl(timeout), lambda: self._uncounted["delete"](key, version=version))

    def _get(self, original: Any, key: str, default: Any = None, version: Any = None, **more: Any) -> Any:
        value = original(key, _MISSING, version=version, **more)
        self._record("get", (key,), version, hit=value is not _MISSING)
        if value is _MISSING:
            self.probe.misses += 1
            return default
        self.probe.hits += 1
        return value

    def _get_many(self, original: Any, keys: Iterable[str], version: Any = None, **more: Any) -> Any:
        all_keys = list(keys)
        values = original(all_keys, version=version, **more)
        self.probe.hits += len(values)
        self.probe.misses += len(all_keys) - len(values)
        for key in all_keys:
            self._record("get", (key,), version, hit=key in values)
        return values

    def _set(
        self, original: Any, key: str, value: Any, timeout: Any = _MISSING, version: Any = None, **more: Any
    ) -> Any:
        self.probe.sets += 1
        self._record("set", (key,), version, ttl_s=self._ttl(timeout))
        if _expires_at_once(timeout):
            return original(key, value, timeout, version=version, **more)
        result = original(key, value, None, version=version, **more)
        self._stored(key, timeout, version)
        return result

    def _add(
        self, original: Any, key: str, value: Any, timeout: Any = _MISSING, version: Any = None, **more: Any
    ) -> Any:
        self.probe.sets += 1
        self._record("set", (key,), version, ttl_s=self._ttl(timeout))
        if _expires_at_once(timeout):
            return original(key, value, timeout, version=version, **more)
        added = original(key, value, None, version=version, **more)
        if added:
            self._stored(key, timeout, version)
        return added

    def _set_many(self, original: Any, data: Any, timeout: Any = _MISSING, version: Any = None, **more: Any) -> Any:
        self.probe.sets += len(data)
        self._record("set", data, version, ttl_s=self._ttl(timeout))
        if _expires_at_once(timeout):
            return original(data, timeout, version=version, **more)
        result = original(data, None, version=version, **more)
        for key in data:
            self._stored(key, timeout, version)
        return result

    def _get_or_set(self, original: Any, key: str, default: Any, timeout: Any = _MISSING, version: Any = None) -> Any:
        """Do as Django's own: read, compute, add, and read again, because another process may have been faster.

        The last read is not counted as the application's: otherwise a cache that misses every time would have a hit rate of a
        half.
        """
        value = self._get(self._uncounted["get"], key, _MISSING, version)
        if value is not _MISSING:
            return value
        if callable(default):
            self._inside = False  # operations that compute the value are the application's own
            try:
                default = default()
            finally:
                self._inside = True
        self._add(self._uncounted["add"], key, default, timeout, version)
        return self._uncounted["get"](key, default, version=version)

    def _touch(self, original: Any, key: str, timeout: Any = _MISSING, version: Any = None, **more: Any) -> Any:
        touched = original(key, None, version=version, **more)
        if touched:
            self._stored(key, timeout, version)
        return touched

    def _delete(self, original: Any, key: str, version: Any = None, **more: Any) -> Any:
        self.probe.deletes += 1
        self._record("delete", (key,), version)
        return original(key, version=version, **more)

    def _delete_many(self, original: Any, keys: Iterable[str], version: Any = None, **more: Any) -> Any:
        all_keys = list(keys)
        self.probe.deletes += len(all_keys)
        self._record("delete", all_keys, version)
        return original(all_keys, version=version, **more)


def _timed(work: Callable[[Any], Any], value: Any) -> tuple[Any, float]:
    """Return a function's result and the seconds it takes, the minimum of three runs."""
    spans = []
    for _ in range(3):
        began = monotonic_ns()
        made = work(value)
        spans.append(monotonic_ns() - began)
    return made, min(spans) / 1e9


def _expires_at_once(timeout: Any) -> bool:
    """Say whether a time to live of 0 or less deletes the entry: Django passes that on to the backend."""
    return isinstance(timeout, (int, float)) and timeout <= 0


PROBE = CacheProbe
