"""The shop with its cache in the database."""

from tests.cases.caches.settings import *  # noqa: F403

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_table"},
    "bare": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
