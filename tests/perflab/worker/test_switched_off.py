"""A cache that keeps nothing, and does all else as the project's own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from django_redis.cache import RedisCache

from perflab.scenario.project import BEHIND
from perflab.servers.valkey import ValkeyServer
from perflab.worker.switched_off import SwitchedOffCache

names = itertools.count()


@pytest.fixture
def cache(valkey: ValkeyServer) -> Iterator[SwitchedOffCache]:
    url = valkey.key_space(f"switched off {next(names)}").url
    yield SwitchedOffCache("", {BEHIND: {"BACKEND": f"{RedisCache.__module__}.RedisCache", "LOCATION": url}})
    valkey.forget()


@pytest.mark.servers
def test_it_keeps_nothing_and_says_what_a_backend_says(cache: SwitchedOffCache) -> None:
    assert cache.set("a", 1, 10, None, None, True) is True
    assert cache.set("a", 1, nx=True) and not cache.set("a", 1, xx=True)
    assert cache.add("a", 1, timeout=5, version=2)
    assert cache.get("a", 7, version=2) == 7
    assert cache.get_many(["a"]) == {} and not cache.delete("a") and not cache.touch("a")
    assert cache.get_or_set("a", lambda: 3) == 3
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


@pytest.mark.servers
def test_what_is_no_matter_of_entries_works(cache: SwitchedOffCache) -> None:
    with cache.lock("lock", timeout=5):
        assert not cache.lock("lock", blocking=False).acquire()
    assert cache.keys("*") == [] and cache.delete_pattern("*") == 0 and cache.ttl("a") == 0
    assert cache.sadd("set", 1, 2) == 2 and cache.smembers("set") == {1, 2}
    assert cache.client.get_client().incr("count") == 1


def test_without_a_server_nothing_happens() -> None:
    """As where the project is set up to be seeded: nothing may reach the cache of production."""
    cache = SwitchedOffCache("", {})
    with cache.lock("lock"):
        assert list(cache.keys("*")) == []
    assert not cache.delete_pattern("*")
    assert cache.client.get_client().register_script("x")(keys=[]) is not None
    assert not hasattr(cache, "_cache")
