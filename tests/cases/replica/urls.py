"""The shop's URLs and views."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpRequest, JsonResponse
from django.urls import path

from tests.cases.replica.models import Entry, Item


def item(request: HttpRequest, item_id: int) -> JsonResponse:
    """One query on each of the four connections."""
    name = Item.objects.get(pk=item_id).name
    entries = Entry.objects.filter(item_id=item_id).count()
    users = User.objects.count()
    written = Item.objects.using("default").filter(name=name).count()
    right = users == 10 and written == 1
    return JsonResponse({"name": name, "entries": entries}, status=200 if right else 418)


def logged(request: HttpRequest, item_id: int) -> JsonResponse:
    """A write to the other database, and what is set there."""
    Entry.objects.create(item_id=item_id, text="looked at")
    with connections["log"].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        timeout = cursor.fetchone()[0]
    return JsonResponse({"total": Entry.objects.count()}, status=200 if timeout == "4321ms" else 418)


def renamed(request: HttpRequest, item_id: int) -> JsonResponse:
    """A write to the primary that the replica shows at once: it is the same database."""
    Item.objects.filter(pk=item_id).update(name=f"Item {item_id}, renamed")
    name = Item.objects.get(pk=item_id).name
    return JsonResponse({"name": name}, status=200 if name.endswith("renamed") else 418)


urlpatterns = [
    path("item/<int:item_id>/", item), path("logged/<int:item_id>/", logged), path("renamed/<int:item_id>/", renamed),
]  # fmt: skip
