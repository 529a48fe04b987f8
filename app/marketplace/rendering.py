"""Responses as bytes: rendered in one place, so that a cached response and a fresh one are identical."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.renderers import BaseRenderer

CONTENT_TYPE = "application/json; charset=utf-8"


def to_json(data: Any, default: Callable[[Any], str] | None = None) -> str:
    """Return compact JSON. Serialisers have turned decimals and dates into text already."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=default)


class CompactRenderer(BaseRenderer):
    """The API's renderer for responses that do not come through the cache, errors among them.

    A validation error may quote a field's limits, which are Decimals: `default=str`.
    """

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        """Return the body of a response."""
        return to_json(data, default=str)


def respond(body: str) -> HttpResponse:
    """Return a response of status 200 with a text that `to_json` wrote."""
    return HttpResponse(body, content_type=CONTENT_TYPE)


def created(data: Any) -> HttpResponse:
    """Return the response to a POST that created something."""
    return HttpResponse(to_json(data), status=201, content_type=CONTENT_TYPE)
