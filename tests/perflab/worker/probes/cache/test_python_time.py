"""The time of backends that keep their entries' times themselves."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

import pytest
from django.core.cache.backends import filebased, locmem

from perflab.worker.probes.cache import python_time

base: Any = import_module("django.core.cache.backends.base")
MODULES: tuple[Any, ...] = (base, locmem, filebased)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that backends are shown, from now on; afterwards they read the real one again."""
    for module in MODULES:
        monkeypatch.setattr(module, "time", time)
    now = [1_000_000_000.0]
    python_time.install(lambda: now[0])
    return now


def test_a_backend_reads_the_traces_time_and_all_else_of_the_module(clock: list[float]) -> None:
    assert {module.time.time() for module in MODULES} == {1_000_000_000.0}
    assert base.time.monotonic is time.monotonic
    assert abs(time.time() - 1_000_000_000.0) > 1e6, "everybody else reads the clock"
    cache = locmem.LocMemCache("python-time", {})
    cache.set("a", 1, 10)
    clock[0] += 9
    assert cache.get("a") == 1
    clock[0] += 2
    assert cache.get("a") is None


def test_it_is_put_in_place_once(clock: list[float]) -> None:
    first = base.time
    python_time.install(lambda: 5.0)
    assert base.time is first
