"""URLs of the marketplace in which one endpoint misbehaves after a few good answers; a scenario switches ROOT_URLCONF to them.

Two modules are made of this one, because a factor's level is the name of a module: see unhappy_failing, unhappy_hanging.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path, resolve

from site_config import urls

GOOD_ANSWERS = 2
PATH = "get-account-details"


def fail(request: HttpRequest) -> HttpResponseBase:
    raise RuntimeError("broken on purpose")


def hang(request: HttpRequest) -> HttpResponseBase:
    threading.Event().wait()
    raise AssertionError("unreachable")


def patterns(misbehave: Callable[[HttpRequest], HttpResponseBase]) -> list[Any]:
    """The marketplace's URLs, but for one."""
    requests = itertools.count()

    def account(request: HttpRequest) -> HttpResponseBase:
        if next(requests) < GOOD_ANSWERS:
            match = resolve(request.path_info, urls.__name__)
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
            return response
        return misbehave(request)

    return [path(PATH, account), *urls.urlpatterns]
