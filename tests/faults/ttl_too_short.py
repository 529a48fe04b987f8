"""Somebody took the time to live for milliseconds: answers are gone when they are asked for again."""

from typing import Any

from marketplace.caching import responses
from tests.faults import Expected

EXPECTED = Expected("ttl_short", ("payments", "reviews", "ratings", "profile", "account", "job"), ("caching",))


def install() -> None:
    cached: Any = responses
    put_together = cached._put_together
    cached._put_together = lambda cache, endpoint, key, ttl_s, compute: put_together(
        cache, endpoint, key, 0.02, compute
    )
