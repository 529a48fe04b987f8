"""URLs of the library in which one endpoint misbehaves after a few good answers; a scenario switches ROOT_URLCONF to them.

Two modules are made of this one, because a factor's level is the name of a module: see unhappy_failing, unhappy_hanging.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from tests.projects.library import urls

GOOD_ANSWERS = 2


def fail(request: HttpRequest) -> HttpResponseBase:
    raise RuntimeError("broken on purpose")


def hang(request: HttpRequest) -> HttpResponseBase:
    threading.Event().wait()
    raise AssertionError("unreachable")


def patterns(misbehave: Callable[[HttpRequest], HttpResponseBase]) -> list[Any]:
    """The library's URLs, but for one."""
    requests = itertools.count()

    def book(request: HttpRequest, pk: int) -> HttpResponseBase:
        return urls.book(request, pk) if next(requests) < GOOD_ANSWERS else misbehave(request)

    return [path("books/<int:pk>/", book), *urls.urlpatterns]
