"""A project whose caches fill: entries for all and for one, counters, a table, and reads that are not what they seem."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

SECRET_KEY = "tests only"
ROOT_URLCONF = __name__
USE_TZ = True
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "warming"}}
SURPRISE_AFTER = 1_000_000
requests = 0


class ForgetfulCache(BaseCache):
    """A backend of the project's own, which drops its oldest entry now and then."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.entries: dict[str, Any] = {}

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self.entries.get(self.make_key(key, version), default)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self.entries[self.make_key(key, version)] = value
        if len(self.entries) > 8:
            self.entries.pop(next(iter(self.entries)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return self.entries.pop(self.make_key(key, version), None) is not None


def headers(user: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {user}"}


@receiver(connection_created)
def with_a_table(connection: Any, **kwargs: Any) -> None:
    connection.connection.execute("CREATE TABLE IF NOT EXISTS things (id integer PRIMARY KEY, changes integer)")


def counted(number: int) -> int:
    """How often a thing was changed, in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT changes FROM things WHERE id = %s", [number])
        row = cursor.fetchone()
    return row[0] if row else 0


def shown(request: HttpRequest, number: int) -> JsonResponse:
    """The same for everybody, for 40 seconds."""
    value = cache.get(f"shown-{number}")
    if value is None:
        value = counted(number)
        cache.set(f"shown-{number}", value, 40)
    return JsonResponse({"changes": value})


def own(request: HttpRequest, number: int) -> JsonResponse:
    """Each caller's own, for ever."""
    key = f"own-{request.headers['Authorization']}-{number}".replace(" ", "-")
    value = cache.get_or_set(key, lambda: counted(number), None)
    return JsonResponse({"changes": value})


def tallied(request: HttpRequest) -> JsonResponse:
    """It counts its hits on the server, past Django's caches."""
    hit = cache.get("tallied") is not None
    if not hit:
        cache.set("tallied", 1, 25)
    server: Any = cache
    server._cache.get_client(None, write=True).incr(server.make_key("tally"))
    return JsonResponse({"hit": True})


def raw(request: HttpRequest, number: int) -> JsonResponse:
    """It deletes an entry past Django's caches."""
    server: Any = cache
    server._cache.get_client(None, write=True).delete(server.make_key(f"shown-{number}"))
    return JsonResponse({"ok": True})


def slides(request: HttpRequest) -> JsonResponse:
    """It prolongs its entry at every request."""
    if cache.get("slides") is None:
        cache.set("slides", 1, 30)
    cache.touch("slides", 30)
    return JsonResponse({"ok": True})


def plain(request: HttpRequest, number: int) -> JsonResponse:
    """It has no cache."""
    return JsonResponse({"changes": counted(number)})


def change(request: HttpRequest, number: int) -> HttpResponse:
    """It changes a thing, and deletes what is kept of it."""
    changes = counted(number)
    with connection.cursor() as cursor:
        cursor.execute("INSERT OR REPLACE INTO things VALUES (%s, %s)", [number, changes + 1])
    cache.delete(f"shown-{number}")
    return HttpResponse(status=204)


def surprise(request: HttpRequest) -> JsonResponse:
    """It has no cache, until it has one."""
    from django.conf import settings

    global requests
    requests += 1
    if requests > settings.SURPRISE_AFTER:  # type: ignore[misc]  # these are not the settings that the types are of
        cache.set("surprise", requests, None)
    return JsonResponse({"ok": True})


urlpatterns = [
    *(path(f"{view.__name__}/", view) for view in (tallied, slides, surprise)),
    *(path(f"{view.__name__}/<int:number>/", view) for view in (shown, own, raw, plain, change)),
]
