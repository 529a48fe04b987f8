"""Settings of the project with forms."""

SECRET_KEY = "tests only"
ROOT_URLCONF = "tests.cases.forms.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "tests.cases.forms",
]  # fmt: skip
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
LOGIN_URL = "/enter/"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "nowhere.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://localhost:6379"}}
FORMS_STRICT = False
