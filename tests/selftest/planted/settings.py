"""Settings of the project with planted bottlenecks."""

from typing import Any

SECRET_KEY = "tests only"
ROOT_URLCONF = "tests.selftest.planted.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
MIDDLEWARE: list[str] = []
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "planted",
        "HOST": "db.invalid",
        "CONN_MAX_AGE": None,
    }
}
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://cache.invalid:6379/0"}}
USE_TZ = True
SWITCH = False
