"""What is counted on, and what looks like it."""

from __future__ import annotations

import time
from collections import deque
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import learn_cache_key

from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.cache.counters import is_counted, snapshot
from perflab.worker.probes.connections import Connections
from perflab.worker.probes.detail import Recorder


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, 2), (3, 0), (1.5, 2.5), (Decimal(1), Decimal(2)),
        ({"hits": 1, "misses": 2}, {"hits": 2, "misses": 2}), ({"a": 1}, {"a": 1, "b": 1}),
        ([3, 2, 1], [4, 3, 2, 1]), ([3, 2, 1], [4, 3]), ([1, 2], [1, 2, 3]), ([1, 2, 3], [2, 3, 4]), ([1, 2], [1]),
        (deque([1, 2]), deque([2, 3])), ({1}, {1, 2}), ({1, 2}, {1}),
    ],
)  # fmt: skip
def test_numbers_and_lists_that_are_counted_on(before: Any, after: Any) -> None:
    assert is_counted("k", before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, 1), (True, False), (0, None), ("a", "ab"), (b"1", b"2"), ((1, 2), (1, 2, 3)), (object(), object()),
        ({"html": "<p>", "hits": 1}, {"html": "<p>", "hits": 2}), ({}, {"a": 1}), ({"a": 1}, {"b": 1}),
        ([1, 2], [1, 2]), ([1, 2], [8, 9]), ([], [1]), ([1], []), ({1}, {2}), ([1], {1, 2}),
    ],
)  # fmt: skip
def test_another_version_of_an_entry_is_not_counted_on(before: Any, after: Any) -> None:
    assert not is_counted("k", before, after)


def test_a_time_is_no_count() -> None:
    assert not is_counted("last seen", time.time() - 900, time.time())
    assert not is_counted("last seen", int(time.time()) - 900, int(time.time()))
    assert is_counted("hits", time.time(), 1)


def test_values_that_cannot_be_compared_break_nothing() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise ValueError

        def __hash__(self) -> int:
            return 1

    assert not is_counted("k", [Odd()], [Odd(), Odd()])


def test_a_snapshot_stays_as_it_was() -> None:
    history, page = [1], object()
    before = snapshot(history)
    history.insert(0, 2)
    assert before == [1] and is_counted("k", before, history)
    assert snapshot(page) is page


def test_the_headers_that_a_page_varies_by_are_none(rf: Any) -> None:
    """As Django's middleware does, when another kind of caller requests a page that is in the cache."""
    cache, probe = LocMemCache("headers", {"TIMEOUT": 300}), CacheProbe()
    probe.wrap(cache)
    request: HttpRequest = rf.get("/page/")
    recorder = Recorder(Connections(), probe)
    learn_cache_key(request, HttpResponse(headers={"Vary": "Cookie"}), 60, "", cache)
    recorder.begin()
    for vary in ("Cookie", "Cookie, Accept-Language"):
        (key,) = [key.split(":", 2)[2] for key in cache._cache]  # type: ignore[attr-defined]  # Django's
        cache.get(key)
        learn_cache_key(request, HttpResponse(headers={"Vary": vary}), 60, "", cache)
    sets = [operation for operation in recorder.end().operations if operation.name == "set"]
    assert [operation.counts for operation in sets] == [False, False]
    assert all(".cache_header." in operation.key for operation in sets)
