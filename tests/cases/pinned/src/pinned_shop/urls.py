"""The shop's pages, and one that tells what its process is made of."""

from __future__ import annotations

import sys
from importlib import metadata

import django
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, JsonResponse
from django.urls import path

from pinned_shop.models import Item, Migrated


def items(request: HttpRequest) -> JsonResponse:
    rows = Item.objects.order_by("pk")[:20]
    if settings.SHOP_PREFETCHES:
        rows = rows.select_related("maker")
    return JsonResponse({"items": [[item.name, item.maker.name, item.sold] for item in rows]})


def search(request: HttpRequest, word: str) -> JsonResponse:
    rows = Item.objects.filter(name__iexact=word).order_by("-listed_at", "pk")[:5]
    return JsonResponse({"items": [[item.name, str(item.price), item.is_precious, item.maker.facts] for item in rows]})


def sell(request: HttpRequest, key: int) -> JsonResponse:
    item = Item.objects.get(pk=key)
    item.sold += 1
    item.save()
    return JsonResponse({"sold": item.sold})


def me(request: HttpRequest) -> JsonResponse:
    user: AbstractBaseUser | AnonymousUser = request.user
    return JsonResponse({"name": user.get_username()})


def about(request: HttpRequest) -> JsonResponse:
    packages = sorted(str(package.metadata["Name"]).lower() for package in metadata.distributions())
    facts = {
        "django": django.get_version(),
        "python": list(sys.version_info[:2]),
        "shop": settings.SHOP_NAME,
        "migrated": [row.django for row in Migrated.objects.all()],
        "packages": packages,
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    }
    foreign = [name for name in request.GET["without"].split(",") if name in packages or name in facts["modules"]]
    is_right = not foreign and facts["migrated"] == [facts["django"]]
    return JsonResponse(facts, status=200 if is_right else 500)


urlpatterns = [
    path("items/", items),
    path("items/<int:key>/sell/", sell),
    path("search/<slug:word>/", search),
    path("me/", me),
    path("about/", about),
]
