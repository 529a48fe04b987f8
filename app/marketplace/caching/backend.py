"""Access to the cache server: Django's cache, or None when caching is off."""

from django.core.cache import caches
from django_redis.cache import RedisCache
from redis import Redis
from redis.exceptions import RedisError

ALIAS = "default"

# A raw command's errors when the server is down, slow, loading or full. Each means "no cache", never an error.
UNAVAILABLE = (RedisError, OSError)


def cache() -> RedisCache | None:
    """Return the cache, or None with DummyCache (or anything but a Redis-protocol server): no caching at all."""
    backend = caches[ALIAS]
    return backend if isinstance(backend, RedisCache) else None


def connection(backend: RedisCache) -> Redis:
    """Return the client under Django's cache, for sets, scripts and transactions, which its interface lacks."""
    client: Redis = backend.client.get_client(write=True)  # django_redis is untyped
    return client


def clock_key(backend: RedisCache) -> str:
    """Return the full key of the counter that every invalidation increments."""
    return str(backend.make_key("clock"))


def tag_key(backend: RedisCache, tag: str) -> str:
    """Return the full key of the set of responses that show `tag`."""
    return str(backend.make_key(f"tag:{tag}"))
