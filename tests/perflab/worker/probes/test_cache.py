"""The cache probe on a real backend of Django's; expiry is in trace time, so no test waits."""

from __future__ import annotations

import itertools
import zlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache

from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.operation import Operation

names = itertools.count()


@pytest.fixture
def cache() -> LocMemCache:
    return LocMemCache(f"probe-{next(names)}", {"TIMEOUT": 300})


@pytest.fixture
def probe(cache: LocMemCache) -> CacheProbe:
    probe = CacheProbe()
    probe.wrap(cache)
    return probe


def counts(probe: CacheProbe) -> tuple[int, int, int, int]:
    return probe.hits, probe.misses, probe.sets, probe.deletes


def test_hits_and_misses_and_a_cached_none_is_a_hit(cache: LocMemCache, probe: CacheProbe) -> None:
    assert cache.get("a") is None
    assert cache.get("a", 5) == 5
    cache.set("a", None)
    assert cache.get("a", 5) is None
    assert counts(probe) == (1, 2, 1, 0)


def test_what_is_read_are_the_columns_of_the_caches(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("a", 1)
    cache.get("a")
    cache.get("b")
    cache.delete("a")
    assert probe.read() == {"cache_hits": 1, "cache_misses": 1, "cache_sets": 1, "cache_deletes": 1}


def test_a_backend_that_calls_itself_is_counted_once(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    cache.delete_many(["a", "b"])
    assert counts(probe) == (2, 1, 2, 2)


def test_get_or_set_is_one_lookup_and_what_makes_the_value_counts_for_itself(
    cache: LocMemCache, probe: CacheProbe
) -> None:
    assert cache.get_or_set("a", lambda: cache.get("b", 5), 10) == 5
    assert counts(probe) == (0, 2, 1, 0), "a miss each, and no hit for what was just stored"
    assert cache.get_or_set("a", 6) == 5
    assert counts(probe) == (1, 2, 1, 0)
    assert probe.expire(10.0) == 1
    assert cache.get("a") is None


def test_start_forgets_the_request_before(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.get("a")
    probe.start()
    assert counts(probe) == (0, 0, 0, 0)


def test_entries_expire_in_trace_time(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("short", 1, 10)
    cache.set("default", 1)
    cache.set("forever", 1, None)
    assert probe.expire(9.9) == 0
    assert probe.expire(10.0) == 1
    assert cache.get("short") is None
    assert probe.expire(1e9) == 1
    assert cache.get("forever") == 1


def test_a_key_that_was_set_again_lives_from_then(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("a", 1, 10)
    probe.expire(6.0)
    cache.set("a", 2, 10)
    assert probe.expire(11.0) == 0
    assert cache.get("a") == 2
    assert probe.expire(16.0) == 1


def test_add_expires_only_if_it_added(cache: LocMemCache, probe: CacheProbe) -> None:
    assert cache.add("a", 1, 10)
    probe.expire(5.0)
    assert not cache.add("a", 2, 100)
    assert probe.expire(10.0) == 1


def test_touch_moves_the_deadline(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("a", 1, 10)
    probe.expire(5.0)
    assert cache.touch("a", 10)
    assert probe.expire(14.0) == 0
    assert probe.expire(15.0) == 1


def test_a_time_to_live_of_zero_stores_nothing(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("a", 1, 0)
    assert cache.get("a") is None
    assert probe.expire(1e9) == 0


def test_expiry_is_not_counted_as_the_applications_delete(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("a", 1, 10)
    probe.start()
    probe.expire(20.0)
    assert counts(probe) == (0, 0, 0, 0)


def test_versions_are_apart(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("a", 1, 10, version=1)
    cache.set("a", 2, 20, version=2)
    assert probe.expire(10.0) == 1
    assert cache.get("a", version=1) is None
    assert cache.get("a", version=2) == 2


class Compressor:
    """As django-redis has them: what is small is left as it is, and cannot be unpacked."""

    def compress(self, value: bytes) -> bytes:
        return zlib.compress(value)

    def decompress(self, value: bytes) -> bytes:
        return zlib.decompress(value)


class IdentityCompressor(Compressor):
    """What django-redis calls none."""


def weighed(stored: Any, compressor: Any = None) -> Operation:
    """A `set` of a key under which a server holds this; an exception is raised."""

    class Backend(LocMemCache):
        client = SimpleNamespace(get_client=lambda: SimpleNamespace(get=answer), _compressor=compressor)

    def answer(key: str) -> Any:
        assert key == "shop:1:a"
        if isinstance(stored, Exception):
            raise stored
        return stored

    probe, operation = CacheProbe(), Operation("set", "shop:1:a")
    probe.wrap(Backend(f"probe-{next(names)}", {}))
    assert probe.wrapped[0].weigh(operation) is (operation.bytes is not None)
    return operation


def test_an_entry_is_weighed_before_and_after_it_was_compressed() -> None:
    packed = zlib.compress(b"perflab " * 100)
    operation = weighed(packed, Compressor())
    assert (operation.bytes, operation.raw_bytes) == (len(packed), 800)
    assert operation.pack_s is not None and operation.unpack_s is not None
    assert operation.pack_s > 0 < operation.unpack_s


def test_what_is_not_compressed_takes_no_time() -> None:
    small = weighed(b"small", Compressor())
    assert (small.bytes, small.raw_bytes, small.pack_s, small.unpack_s) == (5, 5, None, None)
    for compressor in (None, IdentityCompressor()):
        plain = weighed(b"plain", compressor)
        assert (plain.bytes, plain.raw_bytes, plain.pack_s) == (5, None, None), "unknown, for nothing compresses"


@pytest.mark.parametrize("stored", [None, ConnectionError("gone"), TypeError("a set, not a string")])
def test_of_what_is_not_there_or_cannot_be_queried_the_weight_is_unknown(stored: Any) -> None:
    operation = weighed(stored, Compressor())
    assert (operation.bytes, operation.raw_bytes, operation.pack_s) == (None, None, None)
