"""Responses as they are compared: JSON documents of status, headers and body, and the places where two of them differ.

Workers make digests of responses; reports show the places where two differ. A place in a response is a JSON pointer (RFC 6901)
into the document, such as `/body/results/0/name` or `/headers/etag`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Literal

# Compared besides status and body. Of cookies only the names: their values are meant to differ.
HEADERS = ("content-type", "location", "cache-control", "vary", "etag")
COOKIES = "set-cookie"
ANY = "*"  # in the path of a field: each element of a list
IGNORED = "(masked)"
ABSENT = "(absent)"

Document = dict[str, Any]
Kind = Literal["status", "rows", "order", "value"]

TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?|"
    r"\d{2}:\d{2}:\d{2}(\.\d+)?|[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT"
)
UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
# A token: long, without a space, letters and digits mixed as in no word or number.
TOKEN = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[\w\-+/=.:\"]{16,}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two responses differ. `kind`: another status, other rows of a list, another order, another value."""

    pointer: str
    kind: Kind
    expected: Any
    got: Any


def document(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Document:
    """Return the canonical document of a response. A body that is not JSON becomes text; if it is not text either, its hash.

    Args:
        status: The status code.
        headers: All headers; those in HEADERS are compared, and the names of cookies.
        body: The body as it was sent.
    """
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    compared: dict[str, Any] = {name: ", ".join(values[name]) for name in HEADERS if name in values}
    if COOKIES in values:
        compared[COOKIES] = sorted({name for value in values[COOKIES] for name in _cookie_names(value)})
    return {"status": status, "headers": compared, "body": _body(compared.get("content-type", ""), body)}


def digest(response: Document, fields: Iterable[str] = ()) -> str:
    """Return a hash of the document, its keys sorted, without the ignored fields."""
    text = json.dumps(without_fields(response, fields), sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def without_fields(response: Document, fields: Iterable[str]) -> Document:
    """Return a document with IGNORED in the place of these fields; the document itself where there are none."""
    result = response
    for field in fields:
        result = _without(result, field.split("/")[1:])
    return result


def differences(expected: Any, got: Any, pointer: str = "") -> Iterator[Difference]:
    """Yield the places where two documents differ, in the order of the first one's keys.

    Elements of a list are matched by their `id`, where they have one. Lists with the same elements in another order differ in
    their order, lists with other elements in their rows; otherwise the elements are compared. Rows that are missing from a list
    of several pages show in its count, whichever page was requested.

    Args:
        expected: The document of the baseline, or a part of it.
        got: The document to compare with it.
        pointer: The place of both in their documents.
    """
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in [*expected, *(key for key in got if key not in expected)]:
            place, left, right = f"{pointer}/{_escaped(str(key))}", expected.get(key, ABSENT), got.get(key, ABSENT)
            if left != right and _counts_rows(str(key), expected, got):
                yield Difference(place, "rows", left, right)
            else:
                yield from differences(left, right, place)
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _of_lists(expected, got, pointer)
    elif expected != got or type(expected) is not type(got):
        yield Difference(pointer, "status" if pointer == "/status" else "value", expected, got)


def volatile_kind(expected: Any, got: Any) -> str | None:
    """Return what makes two different values volatile, if both are a `time`, a `uuid` or a `token`; otherwise None."""
    if not isinstance(expected, str) or not isinstance(got, str):
        return None
    kinds = (("time", TIME), ("uuid", UUID), ("token", TOKEN))
    return next((name for name, form in kinds if form.fullmatch(expected) and form.fullmatch(got)), None)


def field_of(pointer: str) -> str:
    """Return the path of the field that a place is in: the same one for each element of a list."""
    return "/".join(ANY if part.isdigit() else part for part in pointer.split("/"))


def _of_lists(expected: list[Any], got: list[Any], pointer: str) -> Iterator[Difference]:
    named, others = ([_identity(element) for element in elements] for elements in (expected, got))
    if named == others:
        for index, (left, right) in enumerate(zip(expected, got, strict=True)):
            yield from differences(left, right, f"{pointer}/{index}")
    elif Counter(named) == Counter(others):
        yield Difference(pointer, "order", _names(named), _names(others))
    elif len(expected) == len(got) and not any(_has_identity(element) for element in [*expected, *got]):
        for index, (left, right) in enumerate(zip(expected, got, strict=True)):
            yield from differences(left, right, f"{pointer}/{index}")
    else:
        missing, extra = Counter(named) - Counter(others), Counter(others) - Counter(named)
        yield Difference(pointer, "rows", _names(missing.elements()), _names(extra.elements()))


def _counts_rows(key: str, expected: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Return whether a key holds the number of rows of a list beside it on all pages: `count`, or a name that ends in it."""
    left, right = expected.get(key), got.get(key)
    if not key.lower().endswith("count") or type(left) is not int or type(right) is not int:
        return False
    lists = [name for name in expected if isinstance(expected[name], list) and isinstance(got.get(name), list)]
    return any(len(expected[name]) <= left and len(got[name]) <= right for name in lists)


def _has_identity(element: Any) -> bool:
    return isinstance(element, Mapping) and ("id" in element or "pk" in element)


def _identity(element: Any) -> str:
    if _has_identity(element):
        return json.dumps(element.get("id", element.get("pk")))
    return json.dumps(element, sort_keys=True)


def _names(identities: Iterable[str]) -> list[Any]:
    return [json.loads(identity) for identity in identities]


def _without(value: Any, path: Sequence[str]) -> Any:
    """Return a copy of a document along one path, with IGNORED at its end; the value itself where there is no such path."""
    if not path:
        return IGNORED
    head, rest = path[0], path[1:]
    if isinstance(value, list) and head == ANY:
        return [_without(element, rest) for element in value]
    if not isinstance(value, Mapping):
        return value
    key = head.replace("~1", "/").replace("~0", "~")
    keys = value if head == ANY else [key] if key in value else []
    return {**value, **{key: _without(value[key], rest) for key in keys}}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _cookie_names(value: str) -> list[str]:
    try:
        return list(SimpleCookie(value))
    except CookieError:
        return [value.partition("=")[0].strip()]


def _body(content_type: str, body: bytes) -> Any:
    if "json" in content_type:
        try:
            return json.loads(body)
        except ValueError:
            pass  # not JSON after all: compared as it is
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"{len(body)} bytes, {hashlib.blake2b(body, digest_size=16).hexdigest()}"
