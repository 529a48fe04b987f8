"""The shop's URLs and views."""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.urls import path

from tests.cases.caches.models import Item


def _items() -> Any:
    return Item._default_manager


def read(request: HttpRequest, alias: str, item_id: int) -> JsonResponse:
    kept = caches[alias].get(f"item:{item_id}")
    if kept is None:
        item = _items().get(pk=item_id)
        kept = {"id": item.pk, "name": item.name, "views": item.views}
        caches[alias].set(f"item:{item_id}", kept, 600)
    return JsonResponse(kept)


def write(request: HttpRequest, item_id: int) -> JsonResponse:
    """Drops what it makes old, as it should."""
    _items().filter(pk=item_id).update(views=F("views") + 1)
    for alias in ("default", "bare"):
        caches[alias].delete(f"item:{item_id}")
    return JsonResponse({"ok": True})


def wipe(request: HttpRequest, item_id: int) -> JsonResponse:
    """Drops everything, as an import or an admin action does it."""
    _items().filter(pk=item_id).update(views=F("views") + 1)
    caches["default"].clear()
    return JsonResponse({"ok": True})


def sweep(request: HttpRequest, item_id: int) -> JsonResponse:
    """Drops all items by a pattern, one writer at a time, and counts the sweeps beside the cache."""
    from django_redis import get_redis_connection

    cache: Any = caches["default"]
    _items().filter(pk=item_id).update(views=F("views") + 1)
    with cache.lock("sweeping", timeout=10):
        for key in cache.keys("item:*"):
            cache.delete(key)
        cache.delete_pattern("item:*")
    get_redis_connection("default").incr("sweeps")
    return JsonResponse({"ok": True})


urlpatterns = [
    path("read/<str:alias>/<int:item_id>/", read),
    path("write/<int:item_id>/", write),
    path("wipe/<int:item_id>/", wipe),
    path("sweep/<int:item_id>/", sweep),
]
