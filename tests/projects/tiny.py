"""The smallest Django project that can be a subject: settings, URLs and views in one module, on SQLite."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

SECRET_KEY = "tests only"
ROOT_URLCONF = __name__
USE_TZ = True
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tiny"}}
GREETING = os.environ.get("TINY_GREETING", "hello")


def headers(user: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {user}"}


def archetypes(as_of: Any, rows: Any, rng: Any) -> list[Any]:
    """It has no tables."""
    return []


def greet(request: HttpRequest) -> JsonResponse:
    from django.conf import settings

    project: Any = settings  # these are not the settings that the types are of

    return JsonResponse(
        {
            "greeting": project.GREETING,
            "query": request.GET.dict(),
            "body": request.body.decode(),
            "bearer": request.headers.get("Authorization"),
            "now": timezone.now().isoformat(),
            "secure": request.is_secure(),
        }
    )


def query(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        for number in (1, 2, 3):
            cursor.execute("SELECT %s", [number])  # the same text three times: two duplicates
        cursor.execute("SELECT 'another text'")
    return JsonResponse({"ok": True})


def cached(request: HttpRequest) -> JsonResponse:
    hit = cache.get("value")
    if hit is None:
        cache.set("value", 1, 100)
    return JsonResponse({"value": 1})


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def hang(request: HttpRequest) -> HttpResponse:
    while True:
        time.sleep(60)


def die(request: HttpRequest) -> HttpResponse:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


urlpatterns = [path(f"{view.__name__}/", view) for view in (greet, query, cached, fail, hang, die)]
