"""The probe of the caches as a worker has it: every instance of every cache, in every thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import override_settings

from perflab.worker.probes.cache import CacheProbe

LOCAL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "probe"}
NOTHING = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}


@pytest.fixture
def probe() -> Iterator[CacheProbe]:
    with override_settings(CACHES={"default": LOCAL, "other": {**LOCAL, "LOCATION": "other"}, "none": NOTHING}):
        create = caches.create_connection
        probe = CacheProbe()
        probe.install(None)
        yield probe
        caches["default"].clear()
        caches.create_connection = create  # type: ignore[method-assign]


def test_what_is_read_are_the_columns_of_the_caches(probe: CacheProbe) -> None:
    caches["default"].set("a", 1)
    caches["default"].get("a")
    caches["other"].get("b")
    caches["default"].delete("a")
    caches["none"].get("a")
    assert probe.read() == {"cache_hits": 1, "cache_misses": 1, "cache_sets": 1, "cache_deletes": 1}
    assert set(probe.wrapped) == {"default", "other"}, "what keeps nothing is no cache"


def test_other_threads_have_instances_of_their_own_which_are_counted_too(probe: CacheProbe) -> None:
    caches["default"].set("a", 1)
    mine, others = caches["default"], []

    def ask() -> None:
        others.append(caches["default"])
        others[0].get("a")

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert others[0] is not mine
    assert (probe.hits, probe.sets) == (1, 1)
    assert probe.wrapped["default"].cache is mine


def test_start_begins_at_nothing(probe: CacheProbe) -> None:
    caches["default"].get("a")
    probe.start()
    assert set(probe.read().values()) == {0}
