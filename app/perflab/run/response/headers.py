"""The headers of a response as they are compared: all but those that only say how and when the body was sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# Not compared: when and by what it was sent, how the body was packed, and how long it was in a cache: Django's cache middleware
# adds Age to every hit (RFC 9111, 5.1), so each correct hit would be a changed response.
LEFT_OUT = frozenset({"date", "server", "age", "content-length", "content-encoding"})
COOKIES = "set-cookie"
# Where there is a max-age, nobody reads it (RFC 9111, 5.3, and RFC 6265, 4.1.2.2); a cached response keeps the time of the first.
EXPIRES = "expires"


def compared_headers(headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the headers that are compared, by their names in lower case; cookies by their names, with all attributes.

    Args:
        headers: All headers of a response, in their order.
    """
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    cookies = cookies_of(values.pop(COOKIES, ()))
    compared: dict[str, Any] = {name: ", ".join(texts) for name, texts in values.items() if name not in LEFT_OUT}
    if "max-age=" in compared.get("cache-control", "").lower():
        compared.pop(EXPIRES, None)
    return compared | ({COOKIES: cookies} if cookies else {})


def cookies_of(values: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return cookies by their names: the value and each attribute, which is True where it has no value.

    A browser keeps two cookies of one name for two paths; the second one gets a number.

    Args:
        values: The values of all Set-Cookie headers.
    """
    cookies: dict[str, dict[str, Any]] = {}
    for text in values:
        first, *rest = (part.strip() for part in text.split(";"))
        name, _, value = first.partition("=")
        cookie: dict[str, Any] = {"value": value.strip()}
        for attribute in filter(None, rest):
            key, has_value, setting = attribute.partition("=")
            cookie[key.strip().lower()] = setting.strip() if has_value else True
        if "max-age" in cookie:
            cookie.pop(EXPIRES, None)
        key, number = name.strip(), 2
        while key in cookies:
            key, number = f"{name.strip()} #{number}", number + 1
        cookies[key] = cookie
    return cookies
