"""The cache server as the rest of the package sees it: Django's cache, or None when caching is off."""

from django.core.cache import caches
from django_redis.cache import RedisCache
from redis import Redis
from redis.exceptions import RedisError

ALIAS = "default"

# What a raw command raises when the server is down, slow, loading or full. Each means "no cache", never an error.
UNAVAILABLE = (RedisError, OSError)


def cache() -> RedisCache | None:
    """The cache, or None with DummyCache (or anything else that is no Redis-protocol server): no caching at all."""
    backend = caches[ALIAS]
    return backend if isinstance(backend, RedisCache) else None


def connection(backend: RedisCache) -> Redis:
    """The client under Django's cache, for what its interface lacks: sets, scripts and transactions."""
    client: Redis = backend.client.get_client(write=True)  # django_redis is untyped
    return client


def clock_key(backend: RedisCache) -> str:
    """The full key of the counter that every invalidation moves."""
    return str(backend.make_key("clock"))


def tag_key(backend: RedisCache, tag: str) -> str:
    """The full key of the set of answers that show `tag`."""
    return str(backend.make_key(f"tag:{tag}"))
