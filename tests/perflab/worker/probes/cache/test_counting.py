"""The counting of a backend's operations, on real backends of Django's."""

from __future__ import annotations

import itertools
import threading

import pytest
from django.core.cache.backends.locmem import LocMemCache

from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.operation import Operation

names = itertools.count()


@pytest.fixture
def cache() -> LocMemCache:
    return LocMemCache(f"counting-{next(names)}", {"TIMEOUT": 300})


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


def test_a_backend_that_calls_itself_is_counted_once(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert cache.get_many(iter(["a", "b", "c"])) == {"a": 1, "b": 2}
    cache.delete_many(iter(["a", "b"]))
    assert counts(probe) == (4, 2, 2, 2)


def test_get_or_set_is_one_lookup_and_what_makes_the_value_counts_for_itself(
    cache: LocMemCache, probe: CacheProbe
) -> None:
    assert cache.get_or_set("a", lambda: cache.get("b", 5), 10) == 5
    assert counts(probe) == (0, 2, 1, 0), "a miss each, and no hit for what was just stored"
    assert cache.get_or_set("a", 6) == 5
    assert counts(probe) == (1, 2, 1, 0)


def test_start_forgets_the_request_before(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.get("a")
    probe.start()
    assert counts(probe) == (0, 0, 0, 0)


def test_an_operation_that_raises_leaves_the_counting_as_it_was(cache: LocMemCache, probe: CacheProbe) -> None:
    with pytest.raises(TypeError):
        cache.set("a", threading.Lock())  # cannot be pickled
    assert cache.get("a") is None
    assert (probe.hits, probe.misses) == (0, 1)


def test_arguments_are_passed_on_as_they_are(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("a", 1, 10, 2)
    cache.set(key="b", value=2, version=2)
    assert cache.get("a", version=2) == cache.get("a", None, 2) == 1
    assert cache.get(key="b", default=7, version=2) == 2
    assert cache.touch("a", version=2)
    assert cache.incr("a", version=2) == 2
    assert cache.delete("a", version=2)


def test_operations_are_recorded_with_their_time_to_live(cache: LocMemCache, probe: CacheProbe) -> None:
    recorded: list[Operation] = []
    probe.record = lambda operation, value: recorded.append(operation)
    cache.set("a", 1, timeout=5)
    cache.set("b", 1)
    cache.add("c", 1, None)
    cache.set_many({"d": 1}, 7.5)
    cache.get("a")
    cache.get("z", 3)
    cache.delete("a", 2)
    assert [(o.name, o.key, o.hit, o.ttl_s) for o in recorded] == [
        ("set", ":1:a", None, 5.0),
        ("set", ":1:b", None, 300.0),
        ("set", ":1:c", None, None),
        ("set", ":1:d", None, 7.5),
        ("get", ":1:a", True, None),
        ("get", ":1:z", False, None),
        ("delete", ":2:a", None, None),
    ]


def test_what_one_call_does_with_several_keys_is_recorded_as_done_together(
    cache: LocMemCache, probe: CacheProbe
) -> None:
    recorded: list[Operation] = []
    probe.record = lambda operation, value: recorded.append(operation)
    cache.set("a", 1)
    cache.set_many({"b": 2})
    cache.get("a")
    cache.get_many(["a", "b"])
    cache.delete("a")
    cache.delete_many(["b"])
    assert [(operation.name, operation.together) for operation in recorded] == [
        ("set", False), ("set", True), ("get", False), ("get", True), ("get", True), ("delete", False), ("delete", True),
    ]  # fmt: skip


def test_a_projects_own_counter_is_neither_a_hit_nor_a_miss(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("count", 4)
    cache.set("count", cache.get("count") + 1)
    assert counts(probe) == (0, 0, 2, 0)
    assert cache.get("count") == 5
    assert counts(probe) == (1, 0, 2, 0), "a number that is only read may be worth something"
    cache.incr("count")
    assert counts(probe) == (0, 0, 2, 0), "but not one that the project counts in"
    assert cache.get("count") == 6 and cache.get_many(["count"]) == {"count": 6}
    assert cache.decr("count") == 5
    assert counts(probe) == (0, 0, 2, 0)


def test_the_times_of_a_throttle_are_no_hit(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("throttle", [3, 2, 1])
    times = cache.get("throttle")
    times.insert(0, 4)
    cache.set("throttle", times)  # the same list, as Django REST framework does
    assert counts(probe) == (0, 0, 2, 0)
    text = cache.get("throttle")
    cache.set("text", "entry")
    value = cache.get("text")
    cache.set("text", value, 300)
    assert text == [4, 3, 2, 1] and counts(probe) == (2, 0, 4, 0), "an entry that only lives on for longer is a hit"


def test_operations_whose_hits_do_not_count_are_marked(cache: LocMemCache, probe: CacheProbe) -> None:
    recorded: list[Operation] = []
    cache.set_many({"count": 1, "stale": "old", "sound": 1})
    probe.start()
    probe.record = lambda operation, _: recorded.append(operation)
    cache.get_many(["stale", "sound"])
    cache.set("stale", "new")
    cache.incr("count")
    cache.get("count")
    cache.set_many({"other": 1})
    assert [(operation.name, operation.key, operation.taken_back) for operation in recorded] == [
        ("get", ":1:stale", False), ("get", ":1:sound", False), ("set", ":1:stale", True), ("incr", ":1:count", True),
        ("get", ":1:count", True), ("set", ":1:other", False),
    ]  # fmt: skip


def test_an_entry_that_is_found_and_then_replaced_is_a_miss(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set_many({"a": "old", "b": "old"})
    cache.get_many(["a", "b"])
    cache.set("a", "new")
    assert counts(probe) == (1, 1, 3, 0)
    cache.set("a", "newer")
    cache.set_many({"b": "new"})
    assert counts(probe) == (0, 2, 5, 0), "each hit is taken back once"


def test_an_entry_that_is_stored_again_as_it_was_found_remains_a_hit(cache: LocMemCache, probe: CacheProbe) -> None:
    cache.set("session", {"user": 7})
    session = cache.get("session")
    session["seen"] = True
    cache.set("session", session)
    cache.get("session")
    probe.start()
    cache.set("session", {"user": 8})
    assert counts(probe) == (0, 0, 1, 0), "what an earlier request found does not count"
