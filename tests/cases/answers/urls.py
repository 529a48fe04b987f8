"""Views of the shop, each with one of the things that are easily taken for a switch's doing, or that no tool expects."""

import itertools
import json
import secrets
import time
from collections.abc import Iterator
from random import SystemRandom
from typing import Any

from django.core.cache import cache
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.cases.answers.models import Item, Note

chance = SystemRandom()
TAGS = {"red", "green", "blue", "cheap", "new", "large"}
PAGE = """<html><body><h1>{{ item.name }}</h1>
<form method="post" action="/buy/">{% csrf_token %}<input name="n"></form></body></html>"""
STOCK = """<html><body><p>seen {{ item.views }} times</p>
{% if form %}<form method="post">{% csrf_token %}</form>{% endif %}</body></html>"""
TAGGED = "<html><body><ul>{% for tag in tags %}<li>{{ tag }}</li>{% endfor %}</ul><p>rendered in {{ took }} ms</p></body></html>"


def rendered(template: str, request: HttpRequest, **context: Any) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(template).render(context, request))


def page(request: HttpRequest, item_id: int) -> HttpResponse:
    """A page with a form, as most pages of Django projects are."""
    return rendered(PAGE, request, item=Item.objects.get(pk=item_id))


def zipped(request: HttpRequest, item_id: int) -> HttpResponse:
    return JsonResponse({"name": Item.objects.get(pk=item_id).name, "text": "lorem ipsum " * 50})


def tagged(request: HttpRequest, item_id: int) -> HttpResponse:
    """A set has another order in each process, and a clock another time."""
    return rendered(TAGGED, request, tags=TAGS, took=f"{chance.random():.3f}")


def chosen(request: HttpRequest, item_id: int) -> HttpResponse:
    return JsonResponse(
        {
            "item": Item.objects.get(pk=item_id).name,
            "tags": list(TAGS),
            "luck": chance.randrange(3),
            "others": [{"id": n} for n in chance.sample(range(1, 40), 3)],
            "request": secrets.token_hex(8),
        },
        headers={"X-Request-Id": secrets.token_hex(8)},
    )


@csrf_exempt
def note(request: HttpRequest) -> HttpResponse:
    made = Note.objects.create(item_id=json.loads(request.body)["item"], file=f"photo_{secrets.token_hex(4)}.jpg")
    return JsonResponse({"id": made.pk, "file": made.file}, status=201)


def notes(request: HttpRequest, item_id: int) -> HttpResponse:
    rows = Note.objects.filter(item_id=item_id).order_by("pk")
    return JsonResponse({"results": [{"id": row.pk, "file": row.file, "item": row.item_id} for row in rows]})


@csrf_exempt
def visit(request: HttpRequest, item_id: int) -> HttpResponse:
    """A row with a random key in the table of sessions."""
    request.session["visited"] = item_id
    return JsonResponse({"ok": True})


def stock(request: HttpRequest, item_id: int, form: str) -> HttpResponse:
    """The item is kept for ten minutes, whatever is written meanwhile; around it stands a form, or none."""
    item = cache.get(f"item:{item_id}:{form}")
    if item is None:
        item = Item.objects.get(pk=item_id)
        cache.set(f"item:{item_id}:{form}", item, 600)
    return rendered(STOCK, request, item=item, form=form == "form")


@csrf_exempt
def see(request: HttpRequest, item_id: int) -> HttpResponse:
    item = Item.objects.get(pk=item_id)
    item.views += 1
    item.save()
    return JsonResponse({"ok": True})


@csrf_exempt
def touch(request: HttpRequest, item_id: int) -> HttpResponse:
    """A write that changes nothing."""
    Item.objects.get(pk=item_id).save()
    return JsonResponse({"ok": True})


def named(request: HttpRequest, item_id: int) -> HttpResponse:
    """A name that no write changes, kept in the cache."""
    name = cache.get(f"name:{item_id}")
    if name is None:
        name = Item.objects.get(pk=item_id).name
        cache.set(f"name:{item_id}", name, 600)
    return JsonResponse({"name": name})


def counted(request: HttpRequest, item_id: int) -> HttpResponse:
    """A page that counts its views: a read that writes."""
    Item.objects.filter(pk=item_id).update(views=F("views") + 1)
    return JsonResponse({"views": Item.objects.get(pk=item_id).views})


def paged(request: HttpRequest) -> HttpResponse:
    """A list with one page."""
    first = request.GET["page"] == "1"
    return JsonResponse({"results": [{"id": item.pk} for item in Item.objects.order_by("pk")[:5]] if first else []})


def welcome(request: HttpRequest) -> HttpResponse:
    """The whole response is kept, and with it the cookie of the first one who came."""
    kept = cache.get("welcome")
    if kept is None:
        kept = secrets.token_hex(16)
        cache.set("welcome", kept, 600)
    response = JsonResponse({"welcome": True})
    response.set_cookie("visitor", kept, httponly=True)
    return response


def half(request: HttpRequest) -> HttpResponse:
    """Half a surrogate pair, and a number that is none."""
    return HttpResponse(rf'{{"text": "\ud83d", "n": NaN, "luck": {chance.random()}}}', content_type="application/json")


def large(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"x" * 50_000_000, content_type="text/csv")


def endless(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(b"x" * 1_000_000 for _ in itertools.count())


def waiting(request: HttpRequest) -> StreamingHttpResponse:
    """Events as they happen: after the first one none does."""

    def events() -> Iterator[bytes]:
        yield b"data: hello\n\n"
        time.sleep(3600)

    return StreamingHttpResponse(events(), content_type="text/event-stream")


urlpatterns = [
    path("page/<int:item_id>/", page),
    path("zipped/<int:item_id>/", zipped),
    path("tagged/<int:item_id>/", tagged),
    path("chosen/<int:item_id>/", chosen),
    path("note/", note),
    path("notes/<int:item_id>/", notes),
    path("visit/<int:item_id>/", visit),
    path("stock/<int:item_id>/<form>/", stock),
    path("see/<int:item_id>/", see),
    path("touch/<int:item_id>/", touch),
    path("named/<int:item_id>/", named),
    path("counted/<int:item_id>/", counted),
    path("paged/", paged),
    path("welcome/", welcome),
    path("half/", half),
    path("large/", large),
    path("endless/", endless),
    path("waiting/", waiting),
]
