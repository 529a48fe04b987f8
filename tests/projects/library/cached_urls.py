"""The library's URLs, with a cache for its books that nobody misses when it is gone."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from tests.projects.library import urls


def book(request: HttpRequest, pk: int) -> HttpResponse:
    """A book: what is shown of it never changes."""
    shown: Any = None
    with suppress(Exception):
        shown = cache.get(f"book-{pk}")
    if shown is not None:
        return JsonResponse(shown)
    response = urls.book(request, pk)
    with suppress(Exception):
        cache.set(f"book-{pk}", json.loads(response.content), 60)
    return response


urlpatterns = [path("books/<int:pk>/", book), *urls.urlpatterns]
