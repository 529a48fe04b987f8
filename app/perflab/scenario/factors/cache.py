"""A factor that switches Django caches off and on.

Off is Django's DummyCache: the project's caching code still runs, and finds nothing. On is the project's own backend
and options, pointed at the lab's server where it speaks the Redis protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perflab.scenario.factors import CachePlace

DUMMY = "django.core.cache.backends.dummy.DummyCache"
REDIS_BACKENDS = ("django_redis.", "django.core.cache.backends.redis.", "django_valkey.", "redis_cache.")


@dataclass(frozen=True, slots=True)
class CacheSwitch:
    """Switches the caches with these aliases; all others of the project stay on."""

    name: str
    aliases: tuple[str, ...]

    def settings(self, on: bool, project: Mapping[str, Any], place: CachePlace) -> dict[str, Any]:
        caches = dict(project.get("CACHES", {}))
        if not on:
            caches.update({alias: {"BACKEND": DUMMY} for alias in self.aliases})
        return {"CACHES": caches}

    def missing_indexes(self, on: bool) -> tuple[str, ...]:
        return ()


def isolated(caches: Mapping[str, Mapping[str, Any]], place: CachePlace) -> dict[str, dict[str, Any]]:
    """The project's caches with every Redis-protocol one on the lab's server, under a key prefix of its own.

    The project's own KEY_PREFIX is kept behind the lab's, so that two aliases meet here exactly if they meet there.
    """
    placed = {}
    for alias, options in caches.items():
        options = dict(options)
        if str(options.get("BACKEND", "")).startswith(REDIS_BACKENDS):
            options["LOCATION"] = place.url
            options["KEY_PREFIX"] = f"{place.prefix}{options.get('KEY_PREFIX', '')}"
        placed[alias] = options
    return placed


def held_by_server(caches: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the lab's server holds every one of the project's caches: what it counts is then all that they are asked."""
    backends = [str(options.get("BACKEND", "")) for options in caches.values()]
    return bool(backends) and all(b == DUMMY or b.startswith(REDIS_BACKENDS) for b in backends)
