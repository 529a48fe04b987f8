"""Views that answer 400 where a request is not exactly what the scenario describes."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.cases.forms.models import Item


def answer(right: bool, **facts: Any) -> HttpResponse:
    return JsonResponse({"right": right, **facts}, status=200 if right else 400)


@csrf_exempt
def text(request: HttpRequest) -> HttpResponse:
    """A form that the scenario writes as a text."""
    fields = dict(request.POST.lists())
    return answer(set(fields) == {"item", "n"} and fields["n"] == ["2"] and fields["item"][0].isdigit(), got=fields)


def classic(request: HttpRequest) -> HttpResponse:
    """A form as a browser sends it, guarded as Django guards it."""
    fields = dict(request.POST.lists())
    right = (
        set(fields) == {"item", "tags", "agreed"} and fields["tags"] == ["a&b", "c"] and fields["agreed"] == ["true"]
    )
    return answer(right, got=fields)


def guarded(request: HttpRequest) -> HttpResponse:
    sent = json.loads(request.body)
    Item.objects.create(slug=f"new-{sent['item']}")
    return JsonResponse({"ok": isinstance(sent["item"], int)}, status=201 if isinstance(sent["item"], int) else 400)


def upload(request: HttpRequest) -> HttpResponse:
    files: Any = request.FILES
    picture, note = files["picture"], files["note"]
    right = (
        picture.content_type == "image/png"
        and picture.read()[1:4] == b"PNG"
        and note.read().decode() == f"about {request.POST['item']}"
    )
    return answer(right, name=picture.name)


@csrf_exempt
def raw(request: HttpRequest, item_id: int) -> HttpResponse:
    return answer(request.body == f"<item>{item_id}</item>".encode() and request.headers["X-Item"] == f"i{item_id}")


@login_required
def member(request: HttpRequest) -> HttpResponse:
    return answer(request.user.get_username().startswith("user"), user=request.user.get_username())


@login_required
def rename(request: HttpRequest) -> HttpResponse:
    return answer(request.user.is_authenticated)


def badge(request: HttpRequest) -> HttpResponse:
    return answer(request.headers.get("X-Badge", "").startswith("user") and not request.user.is_authenticated)


def code(request: HttpRequest, value: str) -> HttpResponse:
    return answer(len(value) == 5 and value.startswith("c"))


def stock(request: HttpRequest, slug: str) -> HttpResponse:
    """The number is kept for ten minutes, whatever is written meanwhile."""
    views = cache.get(f"stock:{slug}")
    if views is None:
        views = Item.objects.get(slug=slug).views
        cache.set(f"stock:{slug}", views, 600)
    return JsonResponse({"views": views})


@csrf_exempt
def see(request: HttpRequest, key: str) -> HttpResponse:
    item = Item.objects.get(key=key)
    item.views += 1
    item.save()
    return JsonResponse({"ok": True})


def strict(request: HttpRequest) -> HttpResponse:
    project: Any = settings  # these are not the settings that the types are of
    if project.FORMS_STRICT:
        raise RuntimeError("too strict")
    return answer(True)


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("Missing staticfiles manifest entry for 'site.css'")


urlpatterns = [
    path("text/", text), path("classic/", classic), path("guarded/", guarded), path("upload/", upload),
    path("raw/<int:item_id>/", raw), path("member/", member), path("rename/", rename), path("badge/", badge),
    path("code/<value>/", code), path("stock/<slug:slug>/", stock), path("see/<uuid:key>/", see),
    path("strict/", strict), path("broken/", broken),
]  # fmt: skip
