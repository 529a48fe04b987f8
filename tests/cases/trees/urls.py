"""URLs that take only what their expressions say."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import include, path, re_path

from tests.cases.trees.models import Country, Event, Line


def country(request: HttpRequest, code: str) -> JsonResponse:
    return JsonResponse({"code": Country.objects.get(pk=code).code})


def number(request: HttpRequest, number: str) -> JsonResponse:
    return JsonResponse({"events": Event.objects.filter(number=number).count()})


def line(request: HttpRequest, place: int, number: int) -> JsonResponse:
    return JsonResponse({"number": Line.objects.get(place=place, number=number).number})


def by_key(request: HttpRequest, key: str) -> JsonResponse:
    key_: Any = tuple(map(int, key.split(",")))
    return JsonResponse({"place": Line.objects.get(pk=key_).place.pk})


urlpatterns = [
    re_path(r"^country/(?P<code>[A-Z]{2})/$", country),
    path("in/", include([re_path(r"^number/(?P<number>\d{4,})/$", number)])),
    path("line/<int:place>/<int:number>/", line),
    path("pk/<str:key>/", by_key),
]
