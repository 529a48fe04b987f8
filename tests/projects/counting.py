"""A subject that keeps an answer which is slow to compute, and counts how often it gave it: atomically, or as one should not."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

SECRET_KEY = "tests only"
ROOT_URLCONF = __name__
USE_TZ = True
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "counting"}}
ATOMICALLY = True
# Some hundredths of a second, in which whoever else asks finds nothing kept either.
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"


def kept(request: HttpRequest, number: int) -> JsonResponse:
    answer = cache.get(f"answer:{number}")
    if answer is None:
        answer = _computed()
        cache.set(f"answer:{number}", answer, 100)
    _count()
    return JsonResponse({"answer": answer})


def unkept(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"answer": _computed()})


def _computed() -> str:
    with connection.cursor() as cursor:
        cursor.execute(SLOW)
        return str(cursor.fetchone()[0])


def _count() -> None:
    project: Any = settings  # these are not the settings that the types are of
    if project.ATOMICALLY:
        cache.add("given", 0, None)
        cache.incr("given")
    else:
        cache.set("given", (cache.get("given") or 0) + 1, None)


def locked(request: HttpRequest, lock: str, number: int) -> JsonResponse:
    """Computed under a lock: one for each number, one for all, or none."""
    answer = cache.get(f"locked:{number}")
    if answer is None:
        name = {"all": "lock", "each": f"lock:{number}"}.get(lock)
        while name is not None and not cache.add(name, 1, 10):
            time.sleep(0.005)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            answer = str(cursor.fetchone()[0])
        cache.set(f"locked:{number}", answer, 100)
        if name is not None:
            cache.delete(name)
    return JsonResponse({"answer": answer})


urlpatterns = [
    path("kept/<int:number>/", kept),
    path("unkept/", unkept),
    path("locked/<str:lock>/<int:number>/", locked),
]
