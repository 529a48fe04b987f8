"""Placeholders in a path, a header or a body: {name}, with {{ and }} for braces. No format specs, no attributes."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_FORMATTER = string.Formatter()


class TemplateError(ValueError):
    """A text has braces that no param can fill."""


def placeholders(template: Any) -> set[str]:
    """Return the names of the placeholders in a text, or in all texts of a body.

    Raises:
        TemplateError: Braces are unbalanced, or hold something other than a name.
    """
    if isinstance(template, str):
        return {name for _, name in _parts(template) if name is not None}
    if isinstance(template, Mapping):
        return set[str]().union(*(placeholders(part) for part in template.values()))
    if isinstance(template, list):
        return set[str]().union(*(placeholders(part) for part in template))
    return set()


def fill_path(path: str, values: Mapping[str, Any]) -> str:
    """Fill the placeholders of a path, each quoted as one segment of a URL."""
    return "".join(text + ("" if name is None else quote(str(values[name]), safe="")) for text, name in _parts(path))


def fill_text(text: str, values: Mapping[str, Any]) -> str:
    """Fill the placeholders of a text, each with its value as text."""
    return "".join(part + ("" if name is None else str(values[name])) for part, name in _parts(text))


def fill_body(body: Any, values: Mapping[str, Any]) -> Any:
    """Fill the placeholders of a body. A text that is a single placeholder becomes the value itself, with its type."""
    if isinstance(body, str):
        parts = _parts(body)
        if len(parts) == 1 and parts[0][0] == "" and parts[0][1] is not None:
            return values[parts[0][1]]
        return fill_text(body, values)
    if isinstance(body, Mapping):
        return {key: fill_body(part, values) for key, part in body.items()}
    if isinstance(body, list):
        return [fill_body(part, values) for part in body]
    return body


def _parts(text: str) -> list[tuple[str, str | None]]:
    """Split a text into literals, each with the name of the placeholder that follows, if any."""
    parts: list[tuple[str, str | None]] = []
    try:
        for literal, name, spec, conversion in _FORMATTER.parse(text):
            if name is not None and (spec or conversion or not name.isidentifier()):
                raise TemplateError(f"{{{name}}} is not a placeholder")
            parts.append((literal, name))
    except ValueError as error:
        raise TemplateError(f"{error} in {text!r}") from error
    return parts
