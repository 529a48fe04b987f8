"""Hits and misses of each endpoint, counted on the server, so that no process loses another's count."""

from contextlib import suppress
from dataclasses import dataclass

from marketplace.caching import backend


@dataclass(frozen=True, slots=True)
class Count:
    """The numbers of an endpoint's responses that were found in the cache, and that had to be computed."""

    hits: int
    misses: int

    @property
    def hit_rate(self) -> float | None:
        """The share of responses found, None before the first request."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else None


def count(endpoint: str, outcome: str) -> None:
    """Add one to `hits` or `misses`: one INCR, which creates a missing counter. Costs one round trip.

    Django's own `incr` refuses a counter that does not exist yet, and django-redis runs a script for it.
    """
    cache = backend.cache()
    if cache is None:
        return
    with suppress(*backend.UNAVAILABLE):
        backend.connection(cache).incr(str(cache.make_key(_key(endpoint, outcome))))


def read(endpoint: str) -> Count:
    """Return the counts of one endpoint; zeros with caching off."""
    cache = backend.cache()
    if cache is None:
        return Count(hits=0, misses=0)
    hits, misses = _key(endpoint, "hits"), _key(endpoint, "misses")
    counts = cache.get_many([hits, misses]) or {}
    return Count(hits=counts.get(hits, 0), misses=counts.get(misses, 0))


def _key(endpoint: str, outcome: str) -> str:
    return f"count:{endpoint}:{outcome}"
