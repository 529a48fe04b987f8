"""The project's URL patterns as a scenario writes them: `/jobs/{job_id}/` instead of `jobs/<int:job_id>/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from perflab.scenario.subject.calls import in_project

_NAMED = re.compile(r"\(\?P<(\w+)>")
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


@in_project
def routes() -> list[str]:
    """Return all of the project's routes."""
    from django.urls import get_resolver

    return list(_routes(get_resolver().url_patterns, "/"))


def _routes(patterns: Sequence[Any], before: str) -> Iterator[str]:
    from django.urls import URLPattern, URLResolver

    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield readable(route)


def readable(route: str) -> str:
    """Return a route as a scenario writes it: {user_id} instead of <int:user_id> or (?P<user_id>[0-9]+).

    Args:
        route: The route, with those of the includes around it before it.
    """
    text, depth, name = "", 0, ""
    i = 0
    while i < len(route):
        character = route[i]
        if character == "\\" and i + 1 < len(route):
            text, i = text + ("" if depth or route[i + 1] in "AZ" else route[i + 1]), i + 2
            continue
        if character == "(":
            if depth == 0:
                name = match[1] if (match := _NAMED.match(route, i)) else "value"
                text += f"{{{name}}}"
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth == 0 and character not in "^$?":
            text += character
        i += 1
    # {user_id} instead of <int:user_id>
    return _CONVERTER.sub(lambda match: f"{{{match[1]}}}", text)
