"""Hits and misses of each endpoint, counted on the server, so that no process loses another's count."""

from contextlib import suppress
from dataclasses import dataclass

from marketplace.caching import backend


@dataclass(frozen=True, slots=True)
class Count:
    """How often an endpoint's answer was found, and how often it had to be put together."""

    hits: int
    misses: int

    @property
    def hit_rate(self) -> float | None:
        """Share of answers found, None before the first request."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


def count(endpoint: str, outcome: str) -> None:
    """Add one to `hits` or `misses`: one INCR, which creates the counter if need be. Costs one round trip.

    Django's own `incr` refuses a counter that does not exist yet, and django-redis runs a script for it.
    """
    cache = backend.cache()
    if cache is None:
        return
    with suppress(*backend.UNAVAILABLE):
        backend.connection(cache).incr(str(cache.make_key(_key(endpoint, outcome))))


def read(endpoint: str) -> Count:
    """The counts of one endpoint; zeros with caching off."""
    cache = backend.cache()
    if cache is None:
        return Count(hits=0, misses=0)
    hits, misses = _key(endpoint, "hits"), _key(endpoint, "misses")
    found = cache.get_many([hits, misses]) or {}
    return Count(hits=found.get(hits, 0), misses=found.get(misses, 0))


def _key(endpoint: str, outcome: str) -> str:
    return f"count:{endpoint}:{outcome}"
