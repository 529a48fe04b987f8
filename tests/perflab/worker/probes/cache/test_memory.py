"""The entries of caches in memory, from one process to another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.cache.backends import locmem
from django.core.cache.backends.locmem import LocMemCache

from perflab.worker.probes.cache.memory import entries_in_memory, restore_memory


@contextmanager
def cache(name: str) -> Iterator[Any]:
    assert settings.configured
    try:
        yield LocMemCache(name, {})
    finally:
        module: Any = locmem
        for kept in (module._caches, module._expire_info, module._locks):
            kept.pop(name, None)


def test_a_cache_holds_exactly_what_is_restored_and_in_its_order() -> None:
    with cache("test_memory") as own:
        own.set_many({"a": [1], "b": "x"}, 60)
        own.get("a")
        taken = {"test_memory": entries_in_memory()["test_memory"]}
        order = list(own._cache)
        own.set("later", 1)
        own.delete("a")
        restore_memory(taken)
        assert own.get_many(["a", "b", "later"]) == {"a": [1], "b": "x"}, "through an instance that was made before"
        restore_memory(taken)
        assert list(own._cache) == order


def test_a_cache_that_nobody_has_opened_yet_is_restored_as_well() -> None:
    with cache("test_memory other") as first:
        first.set("a", 1)
        taken = {"test_memory other": entries_in_memory()["test_memory other"]}
    with cache("test_memory other") as second:
        assert second.get("a") is None
    restore_memory(taken)
    with cache("test_memory other") as third:
        assert third.get("a") == 1
