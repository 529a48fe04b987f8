"""A project that reaches for everything outside: a server while its settings are imported, media, logs, mail, processes."""

import logging
import os
import socket
from pathlib import Path

FOLDER = Path(os.environ["HARMLESS_FOLDER"])
PORT = int(os.environ["HARMLESS_PORT"])


def _is_there() -> bool:
    try:
        with socket.create_connection(("localhost", PORT), timeout=5):
            return True
    except OSError:
        return False


SERVER_IS_THERE = _is_there()
logging.getLogger("harmless.settings").addHandler(logging.FileHandler(FOLDER / "settings.log", delay=False))

SECRET_KEY = "tests only"
ROOT_URLCONF = "tests.cases.harmless.urls"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "tests.cases.harmless"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "production.sqlite3"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MEDIA_ROOT = FOLDER / "media"
SENDFILE_ROOT = str(MEDIA_ROOT / "protected")
FILE_UPLOAD_TEMP_DIR = str(FOLDER / "uploads")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "localhost", PORT
LOGGING = {
    "version": 1,
    "handlers": {
        "file": {"class": "logging.FileHandler", "filename": str(FOLDER / "requests.log")},
        "elsewhere": {"class": "logging.handlers.SocketHandler", "host": "localhost", "port": PORT},
    },
    "loggers": {"harmless": {"handlers": ["file", "elsewhere"], "level": "INFO"}},
}
HARMLESS_UNUSED = True
