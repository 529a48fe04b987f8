"""The entries of Django's caches in memory: taken from one process, and put into another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

# Of one cache: the pickled values by key, in the order in which they were used, and when each expires.
MemoryEntries = tuple[Mapping[str, bytes], Mapping[str, "float | None"]]


def entries_in_memory() -> dict[str, MemoryEntries]:
    """Return the pickled values of each cache in this process's memory and when they expire, by the cache's name."""
    from django.core.cache.backends import locmem

    module: Any = locmem
    return {name: (dict(values), dict(module._expire_info[name])) for name, values in module._caches.items()}


def restore_memory(memory: Mapping[str, MemoryEntries]) -> None:
    """Let the caches in this process's memory hold exactly these entries.

    Args:
        memory: The entries of each cache, by its name.
    """
    from django.core.cache.backends import locmem

    module: Any = locmem
    for name, (values, expire_at) in memory.items():
        own, own_expire_at = module._caches.setdefault(name, OrderedDict()), module._expire_info.setdefault(name, {})
        own.clear()  # instances of the cache hold these very objects
        own.update(values)
        own_expire_at.clear()
        own_expire_at.update(expire_at)
