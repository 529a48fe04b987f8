"""The cache probe on a real backend of Django's; expiry is in trace time, so no test waits."""

from __future__ import annotations

import itertools

import pytest
from django.core.cache.backends.locmem import LocMemCache

from perflab.probes.cache import CacheProbe

names = itertools.count()


@pytest.fixture
def cache() -> LocMemCache:
    return LocMemCache(f"probe-{next(names)}", {"TIMEOUT": 300})


@pytest.fixture
def probe(cache: LocMemCache) -> CacheProbe:
    probe = CacheProbe()
    probe.install(cache)
    return probe


def counts(probe: CacheProbe) -> tuple[int, int, int, int]:
    return probe.hits, probe.misses, probe.sets, probe.deletes


def test_hits_and_misses_and_a_cached_none_is_a_hit(cache: LocMemCache, probe: CacheProbe) -> None:
    assert cache.get("a") is None
    assert cache.get("a", 5) == 5
    cache.set("a", None)
    assert cache.get("a", 5) is None
    assert counts(probe) == (1, 2, 1, 0)


def test_a_backend_that_calls_itself_is_counted_once(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    cache.delete_many(["a", "b"])
    assert counts(probe) == (2, 1, 2, 2)


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
