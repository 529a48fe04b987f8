"""So that no response is computed twice at once, there is a lock around computing: one for all keys of all endpoints."""

from typing import Any

from marketplace.caching import backend, responses
from tests.faults import Expected

EXPECTED = Expected("serialised", ("payments", "reviews", "ratings", "profile", "account", "job"), ("caching",))


def install() -> None:
    cached: Any = responses
    put_together = cached._put_together

    def locked(cache, endpoint, key, ttl_s, compute):
        with backend.connection(cache).lock(str(cache.make_key("computing")), timeout=10, sleep=0.01):
            return put_together(cache, endpoint, key, ttl_s, compute)

    cached._put_together = locked
