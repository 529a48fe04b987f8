"""Hits and misses are counted by reading a number and writing back the next one: two at once count as one."""

from marketplace.caching import backend, counters
from tests.faults import Expected

EXPECTED = Expected(
    "counter_race", ("payments", "reviews", "ratings", "profile", "account", "job", "missing-job"), ("caching",)
)


def install() -> None:
    def count(endpoint, outcome):
        cache, key = backend.cache(), counters._key(endpoint, outcome)
        if cache is not None:
            cache.set(key, cache.get(key, 0) + 1)

    counters.count = count
