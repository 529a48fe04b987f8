"""Settings of the library with a cache, on PostgreSQL: what its private servers do to a run can be tried with it."""

from tests.projects.library.settings import *  # noqa: F403 (as settings are layered in Django projects)

ROOT_URLCONF = "tests.projects.library.cached_urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1"}}
