"""An answer as it is compared: one JSON document of status, headers and body, and what differs between two of them.

Both halves use it: the worker makes digests of answers, the report says in what two of them differ. A place in an answer is
a JSON pointer (RFC 6901) into the document, such as `/body/results/0/name` or `/headers/etag`.
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
ANY = "*"  # in a mask: every element of a list
MASKED = "(masked)"
ABSENT = "(absent)"

Document = dict[str, Any]
Kind = Literal["status", "rows", "order", "value"]

TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?|"
    r"\d{2}:\d{2}:\d{2}(\.\d+)?|[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT"
)
UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
# A token: long, without a space, and letters and digits mixed as no word or number has them.
TOKEN = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[\w\-+/=.:\"]{16,}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two answers differ. `kind`: another status, other rows of a list, another order, another value."""

    pointer: str
    kind: Kind
    expected: Any
    got: Any


def document(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Document:
    """An answer as a document. A body that is not JSON is text; what is no text either is its hash."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    kept: dict[str, Any] = {name: ", ".join(found[name]) for name in HEADERS if name in found}
    if COOKIES in found:
        kept[COOKIES] = sorted({name for value in found[COOKIES] for name in _cookie_names(value)})
    return {"status": status, "headers": kept, "body": _body(kept.get("content-type", ""), body)}


def digest(answer: Document, masks: Iterable[str] = ()) -> str:
    """A hash of the document, its keys sorted; what stands at a masked place does not count."""
    text = json.dumps(masked(answer, masks), sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def masked(answer: Document, masks: Iterable[str]) -> Document:
    """The same document with what stands at masked places taken out; itself where there is no mask."""
    result = answer
    for mask in masks:
        result = _without(result, mask.split("/")[1:])
    return result


def differences(expected: Any, got: Any, pointer: str = "") -> Iterator[Difference]:
    """Where two documents differ, in the order of the first one's keys.

    Lists of the same elements in another order differ in their order; those whose elements are not the same ones, by the
    values that tell elements apart (`id`, where they have one), differ in their rows; else their elements are compared. Rows
    that are missing from a list of several pages show in its count, whichever page was asked for.
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


def noise(expected: Any, got: Any) -> str | None:
    """What two different values both are that differs from run to run: a time, a uuid or a token; None for all else."""
    if not isinstance(expected, str) or not isinstance(got, str):
        return None
    kinds = (("time", TIME), ("uuid", UUID), ("token", TOKEN))
    return next((name for name, form in kinds if form.fullmatch(expected) and form.fullmatch(got)), None)


def mask_of(pointer: str) -> str:
    """The mask for a place: the same field of every element of a list."""
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
    """Whether a key says how many rows a list beside it has on all of its pages: `count`, or a name that ends so."""
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
    """A copy of a document along one path, with its end masked; the value itself where the path leads nowhere."""
    if not path:
        return MASKED
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
