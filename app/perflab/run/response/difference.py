"""The places where two documents differ, and how: status, rows of a list, their order, or a value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from perflab.run.response.mask import IGNORED, OTHERS
from perflab.run.response.pointer import escaped, field_of
from perflab.run.response.volatile import without_volatile

__all__ = ["ABSENT", "Difference", "Document", "Kind", "differences", "field_of"]

ABSENT = "(absent)"
Document = dict[str, Any]
Kind = Literal["status", "leak", "rows", "order", "value"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two responses differ.

    `kind`: another status, a value that another caller was given, other rows of a list, another order, another value.
    """

    pointer: str
    kind: Kind
    expected: Any
    got: Any


def differences(expected: Any, got: Any, pointer: str = "") -> Iterator[Difference]:
    """Yield the places where two documents differ, in the order of the first one's keys.

    Elements of a list are matched by their `id`, where they have one that is not new in each response; else by what they hold.
    Lists with the same elements in another order differ in their order, lists with other elements in their rows; otherwise the
    elements are compared. Rows that are missing from a list of several pages show in its count, whichever page was requested.

    Args:
        expected: The document of the baseline, or a part of it.
        got: The document to compare with it.
        pointer: The place of both in their documents.
    """
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in [*expected, *(key for key in got if key not in expected)]:
            place, left, right = f"{pointer}/{escaped(str(key))}", expected.get(key, ABSENT), got.get(key, ABSENT)
            if _counts_rows(str(key), expected, got) and left != right:
                yield Difference(place, "rows", left, right)
            else:
                yield from differences(left, right, place)
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _of_lists(expected, got, pointer)
    elif expected != got or type(expected) is not type(got):
        yield Difference(pointer, _kind(pointer, expected, got), expected, got)


def _kind(pointer: str, expected: Any, got: Any) -> Kind:
    if pointer == "/status":
        return "status"
    return "leak" if got == OTHERS and expected != OTHERS else "value"


def _of_lists(expected: list[Any], got: list[Any], pointer: str) -> Iterator[Difference]:
    named, others = ([_identity(element) for element in elements] for elements in (expected, got))
    if named == others:
        yield from _of_elements(expected, got, pointer)
        return
    if Counter(named) == Counter(others):
        yield Difference(pointer, "order", _names(named), _names(others))
        return
    if len(expected) == len(got):
        shapes, other_shapes = ([_shape(element) for element in elements] for elements in (expected, got))
        if shapes == other_shapes or not any(_has_identity(element) for element in [*expected, *got]):
            yield from _of_elements(expected, got, pointer)
            return
        if Counter(shapes) == Counter(other_shapes):  # the keys are new, and the rows are ordered by them
            yield Difference(pointer, "order", _names(named), _names(others))
            return
    missing, extra = Counter(named) - Counter(others), Counter(others) - Counter(named)
    yield Difference(pointer, "rows", _names(missing.elements()), _names(extra.elements()))


def _of_elements(expected: list[Any], got: list[Any], pointer: str) -> Iterator[Difference]:
    for index, (left, right) in enumerate(zip(expected, got, strict=True)):
        yield from differences(left, right, f"{pointer}/{index}")


def _counts_rows(key: str, expected: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Return whether a key holds the number of rows of a list beside it on all pages: `count`, or a name that ends in it."""
    left, right = expected.get(key), got.get(key)
    if not key.lower().endswith("count") or type(left) is not int or type(right) is not int:
        return False
    lists = [name for name in expected if isinstance(expected[name], list) and isinstance(got.get(name), list)]
    return any(len(expected[name]) <= left and len(got[name]) <= right for name in lists)


def _has_identity(element: Any) -> bool:
    return isinstance(element, Mapping) and element.get("id", element.get("pk", IGNORED)) != IGNORED


def _identity(element: Any) -> str:
    if _has_identity(element):
        return json.dumps(element.get("id", element.get("pk")))
    return json.dumps(element, sort_keys=True)


def _shape(element: Any) -> str:
    """Return what an element holds, whatever its times, UUIDs and tokens are."""
    return json.dumps(without_volatile(element), sort_keys=True)


def _names(identities: Iterable[str]) -> list[Any]:
    return [json.loads(identity) for identity in identities]
