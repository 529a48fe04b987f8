"""The shop on one server, which it empties after a write."""

from tests.cases.caches.settings import *  # noqa: F403

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://nowhere.invalid:6379",
    },
    "bare": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
