"""Settings of the shop: a cache in files, and one on a server under names that have no prefix."""

from typing import Any

SECRET_KEY = "tests only"
ROOT_URLCONF = "tests.cases.caches.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "tests.cases.caches"]
MIDDLEWARE: list[str] = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "nowhere.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
CACHES: dict[str, dict[str, Any]] = {
    # relative, as in many a project: below the folder that it is started from
    "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "cases-filecache"},
    "bare": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://nowhere.invalid:6379",
        "KEY_FUNCTION": "tests.cases.caches.keys.bare",
    },
}
