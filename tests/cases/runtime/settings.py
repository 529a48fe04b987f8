"""Settings of the shop. Its server is never reached: the lab has its own."""

SECRET_KEY = "tests only"
ROOT_URLCONF = "tests.cases.runtime.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "tests.cases.runtime"]
MIDDLEWARE = ["tests.cases.runtime.middleware.Metrics", "django.middleware.common.CommonMiddleware"]
DATABASES = {
    "default": {
        "ENGINE": "tests.cases.runtime.engine",
        "NAME": "production",
        "HOST": "production.invalid",
        "ATOMIC_REQUESTS": True,
        # psycopg.IsolationLevel.REPEATABLE_READ; 3 is what the enum holds
        "OPTIONS": {
            "isolation_level": 3,
            "options": "-c lock_timeout=1234",
            "sslmode": "verify-full",
            "pool": {"min_size": 2},
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SHOP_JOIN = True
