"""Settings of the seeds. Nobody connects to its database: the lab makes its own."""

SECRET_KEY = "tests only"
ROOT_URLCONF = "tests.cases.seeds.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.postgres", "tests.cases.seeds",
]  # fmt: skip
MIDDLEWARE: list[str] = []
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "nobody_connects_here"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
