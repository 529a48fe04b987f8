"""How an answer becomes bytes: one way for all, so that a kept answer and a fresh one are the same."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.renderers import BaseRenderer

CONTENT_TYPE = "application/json; charset=utf-8"


def to_json(data: Any, default: Callable[[Any], str] | None = None) -> str:
    """Compact JSON. Decimals and dates are text by now: serialisers decide how they are written."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=default)


class CompactRenderer(BaseRenderer):
    """The API's renderer for answers that do not come through the cache, errors among them.

    What is wrong with a field may quote its limits, which are Decimals: `default=str`.
    """

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        return to_json(data, default=str)


def respond(body: str) -> HttpResponse:
    """An answer of status 200 from text that `to_json` wrote."""
    return HttpResponse(body, content_type=CONTENT_TYPE)


def created(data: Any) -> HttpResponse:
    """The answer to a POST that made something."""
    return HttpResponse(to_json(data), status=201, content_type=CONTENT_TYPE)
