"""Settings of the marketplace site; everything that differs between machines comes from the environment.

DATABASE_URL            default sqlite `db.sqlite3` beside manage.py
CACHE_URL               default redis://127.0.0.1:6379/0; `dummy://` turns caching off
DJANGO_DEBUG=1          development only: DEBUG and django-debug-toolbar
DJANGO_SECRET_KEY       signs the bearer tokens; set it anywhere but on a developer's machine
DJANGO_ALLOWED_HOSTS    comma separated
MARKETPLACE_OPTIMISED_QUERIES=0   the plain loops over relations in place of the optimised querysets
"""

import os
from pathlib import Path

import dj_database_url
from redis.backoff import NoBackoff
from redis.retry import Retry

BASE_DIR = Path(__file__).resolve().parents[2]

DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "development-only: set DJANGO_SECRET_KEY for the marketplace")
ALLOWED_HOSTS = os.environ.get("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "ninja",  # serves the pages of /docs from its own static files, without a network
    "perflab",
    "marketplace",
]

# No session and no authentication middleware: a caller is a signed bearer token (see marketplace.api.auth).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "site_config.urls"
WSGI_APPLICATION = "site_config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "static/"

# Connections persist: with Django's default of 0 every request would pay for a new backend process.
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}", conn_max_age=None)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = os.environ.get("CACHE_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "marketplace",
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor",
            # A dead server means no cache, never an error. redis-py would by default try ten more times with
            # growing pauses (seconds); one retry is what a connection needs that the server closed idle.
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.1,
            "SOCKET_TIMEOUT": 0.25,
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 1)},
        },
    }
}
if CACHE_URL.startswith("dummy:"):
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}

AUTH_USER_MODEL = "marketplace.User"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

# Answers of 403 and 404 are the API's daily business, not warnings.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"django.request": {"level": "ERROR"}},
}

# Read at call time by marketplace.selectors, so that a test or an experiment may change it.
MARKETPLACE_OPTIMISED_QUERIES = os.environ.get("MARKETPLACE_OPTIMISED_QUERIES", "1") != "0"

if DEBUG:
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1", "::1"]
