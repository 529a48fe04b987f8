"""Caching an endpoint's responses until something that they show changes."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_redis.cache import RedisCache
from redis.exceptions import WatchError

from marketplace.caching import backend, counters, invalidation
from marketplace.caching.dependencies import recording
from marketplace.rendering import respond, to_json

PROFILE_TTL_S = 3600
REVIEWS_TTL_S = 1800
JOBS_TTL_S = 1800
PAYMENTS_TTL_S = 300

# The sets that list which responses show a thing live longer than any response filed in them.
_SET_TTL_S = 2 * max(PROFILE_TTL_S, REVIEWS_TTL_S, JOBS_TTL_S, PAYMENTS_TTL_S)

# KEYS are sets, ARGV[1] the response's key, ARGV[2] the sets' time to live. One command instead of two for each tag.
_FILE = """
for _, set in ipairs(KEYS) do
  redis.call('SADD', set, ARGV[1])
  redis.call('EXPIRE', set, ARGV[2])
end
"""

View = Callable[..., Any]


def cached(endpoint: str, ttl_s: int, *, per_viewer: bool = False) -> Callable[[View], View]:
    """Cache the data that a view returns.

    It goes inside the router's decorator (`@router.get(...)` above, `@cached(...)` below), because the router calls the function
    that it was given. The view returns plain data; errors pass through and are never cached.

    A hit costs two round trips (GET, and INCR of the counter) and no query; a miss four (GET, INCR, WATCH, EXEC).

    Args:
        endpoint: The endpoint's name, a part of the key; its parameters are the rest.
        ttl_s: The time to live, in seconds.
        per_viewer: Whether the caller is a part of the key, too.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, **params: Any) -> HttpResponse | Any:
            cache = backend.cache()
            if cache is None or not invalidation.settle_debts(cache):
                return view(request, **params)
            key = _key(endpoint, params, request if per_viewer else None)
            body = cache.get(key)
            if body is not None:
                counters.count(endpoint, "hits")
                return respond(body)
            return respond(_put_together(cache, endpoint, key, ttl_s, lambda: to_json(view(request, **params))))

        return answer

    return decorate


def _key(endpoint: str, params: dict[str, Any], viewed_by: HttpRequest | None) -> str:
    """Return a response's key, from the validated parameters: `?page=1`, no page and `?page=1&utm=x` have the same one."""
    parts = [f"{name}={value}" for name, value in sorted(params.items())]
    if viewed_by is not None:
        parts.append(f"viewer={viewed_by.auth.id}")  # type: ignore[attr-defined]  # ninja sets it
    return ":".join(["answer", endpoint, *parts])


def _put_together(cache: RedisCache, endpoint: str, key: str, ttl_s: int, compute: Callable[[], str]) -> str:
    """Compute a response, and cache it unless something was invalidated in the meantime."""
    with backend.connection(cache).pipeline() as transaction:
        try:
            transaction.watch(backend.clock_key(cache))
        except backend.UNAVAILABLE:
            return compute()
        counters.count(endpoint, "misses")
        with recording() as tags:
            body = compute()
        try:
            transaction.multi()
            cache.set(key, body, ttl_s, client=transaction)
            sets = [backend.tag_key(cache, tag) for tag in sorted(tags)]
            transaction.eval(_FILE, len(sets), *sets, key, _SET_TTL_S)
            transaction.execute()
        except WatchError:
            pass  # a write came in between: this response may be stale, so the next reader queries the database
        except backend.UNAVAILABLE:
            pass
    return body
