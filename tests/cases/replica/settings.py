"""Settings of the shop with a replica. None of its servers is ever reached."""

SECRET_KEY = "tests only"
ROOT_URLCONF = "tests.cases.replica.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "tests.cases.replica"]
MIDDLEWARE: list[str] = []
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "primary.invalid"},
    "replica": {
        "ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "replica.invalid", "TEST": {"MIRROR": "default"},
    },
    # only its router shows that it is a copy of `default`
    "reports": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop_copy", "HOST": "reports.invalid"},
    "log": {
        "ENGINE": "django.db.backends.postgresql", "NAME": "log", "HOST": "log.invalid",
        "OPTIONS": {"options": "-c statement_timeout=4321"},
    },
}  # fmt: skip
DATABASE_ROUTERS = ["tests.cases.replica.routers.Replica"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SHOP_JOIN = True
