"""The shop on django-redis, with options of its own server, which has no place in the lab."""

from tests.cases.caches.settings import *  # noqa: F403

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": "rediss://nowhere.invalid:6380/3",
        "KEY_PREFIX": "shop",
        "OPTIONS": {
            "PASSWORD": "tests only",
            "CONNECTION_POOL_KWARGS": {"ssl_cert_reqs": None, "socket_keepalive": True, "max_connections": 5},
        },
    },
    "bare": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
