"""Answers have no time to live: whatever was ever asked for stays, until somebody changes it."""

from typing import Any

from marketplace.caching import responses
from tests.faults import Expected

EXPECTED = Expected("cache_unbounded", ("payments", "reviews", "ratings", "profile", "account", "job"), ("caching",))


def install() -> None:
    cached: Any = responses
    put_together = cached._put_together
    cached._put_together = lambda cache, endpoint, key, ttl_s, compute: put_together(
        cache, endpoint, key, None, compute
    )
