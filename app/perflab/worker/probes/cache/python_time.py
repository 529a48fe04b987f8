"""The time of cache backends that keep their entries' times themselves: in memory, in files, in the database."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

# Modules of Django that read `time.time()` to tell whether an entry has expired.
DJANGO = (
    "django.core.cache.backends.base",
    "django.core.cache.backends.locmem",
    "django.core.cache.backends.filebased",
)
# Others that do, where the project has them.
OTHERS = ("django_redis.client.herd", "django_valkey.client.herd", "diskcache.core")


class TraceTime:
    """Stands for the module `time` in a backend: all of it, but with another `time()`."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.time = now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def install(now: Callable[[], float]) -> None:
    """Let all backends read this clock, before the first of them is used."""
    for name in DJANGO:
        import_module(name)
    patch(now)


def patch(now: Callable[[], float]) -> None:
    """Let the backends that are imported by now read this clock."""
    for name in (*DJANGO, *OTHERS):
        module = sys.modules.get(name)
        if module is not None and getattr(module, "time", None) is time:
            vars(module)["time"] = TraceTime(now)
