"""Settings that need a variable, which the scenario gives."""

import os

SECRET_KEY = os.environ["SHOP_SECRET_KEY"]
SHOP_NAME = os.environ["SHOP_NAME"]
SHOP_PREFETCHES = True
ROOT_URLCONF = "pinned_shop.urls"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "pinned_shop"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
