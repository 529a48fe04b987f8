"""Answers are kept for ever, and nothing drops them."""

from typing import Any

from marketplace.caching import invalidation, responses
from tests.faults import Expected

EXPECTED = Expected("stale", ("payments", "reviews", "ratings", "profile", "account", "job"), ("caching",))


def install() -> None:
    invalidation._drop = lambda cache, tags: None
    cached: Any = responses
    put_together = cached._put_together
    cached._put_together = lambda cache, endpoint, key, ttl_s, compute: put_together(
        cache, endpoint, key, None, compute
    )
