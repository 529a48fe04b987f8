"""The keys that are invalidated are not those that are cached: somebody renamed the ones and not the others."""

from marketplace.caching import invalidation
from tests.faults import Expected

EXPECTED = Expected("stale", ("payments", "reviews", "ratings", "profile", "account", "job"), ("caching",))


def install() -> None:
    drop = invalidation._drop
    invalidation._drop = lambda cache, tags: drop(cache, {f"v2:{tag}" for tag in tags})
