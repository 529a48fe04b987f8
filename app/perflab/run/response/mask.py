"""Masks: the fields of documents, and the places in their texts, that vary by themselves and are not compared.

A mask covers one place, never a whole endpoint: the rest of a page with a token in it stays compared.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from perflab.run.response.pointer import ANY, in_text, unescaped
from perflab.run.response.text import END, START, sorted_text

# `value`: a field's value; `absent`: a field that is not always there; `order`: the order of a list; `text`: the words between
# two others in a text; `text order`: their order.
MaskKind = Literal["value", "absent", "order", "text", "text order"]

IGNORED = "(masked)"
# In the place of a cookie's value that is new in each response of the baseline: another caller has been given it before.
OTHERS = "(another caller's)"
# The key of a document, which is not compared itself: the cookies whose value another caller was given before.
REISSUED = "reissued"


@dataclass(frozen=True, slots=True)
class Mask:
    """A place that is not compared.

    Attributes:
        field: Path of the field, with a wildcard for the elements of a list.
        kind: What of it is not compared.
        before: In a text, what stands before the place; empty otherwise.
        after: In a text, what stands after it.
    """

    field: str
    kind: MaskKind = "value"
    before: str = ""
    after: str = ""

    @property
    def pointer(self) -> str:
        """The name of the place."""
        return in_text(self.field, self.before.strip(START)) if self.kind.startswith("text") else self.field


def masked(response: dict[str, Any], masks: Collection[Mask]) -> dict[str, Any]:
    """Return a document as it is compared: with IGNORED in the place of what is masked. Without masks it is the same document."""
    reissued = response.get(REISSUED, ())
    result: Any = response
    if reissued:
        result = {key: value for key, value in response.items() if key != REISSUED}
    # Orders come last: what a list is sorted by may be masked itself.
    for mask in sorted(masks, key=lambda mask: mask.kind.endswith("order")):
        result = _with(result, mask.field.split("/")[1:], mask)
    for name in reissued:
        result = _marked(result, name)
    compared: dict[str, Any] = result
    return compared


def _with(value: Any, path: Sequence[str], mask: Mask) -> Any:
    """Return a copy of a document along one path, with a mask at its end; the value itself where there is no such path."""
    if not path:
        return _at(value, mask)
    head, rest = path[0], path[1:]
    if isinstance(value, list) and head == ANY:
        return [_with(element, rest, mask) for element in value]
    if not isinstance(value, dict):
        return value
    key = unescaped(head)
    keys = [*value] if head == ANY else [key] if key in value else []
    if not rest and mask.kind == "absent":
        return {name: each for name, each in value.items() if name not in keys}
    return {**value, **{key: _with(value[key], rest, mask) for key in keys}} if keys else value


def _at(value: Any, mask: Mask) -> Any:
    if mask.kind == "value":
        return IGNORED
    if mask.kind == "order" and isinstance(value, list):
        return sorted(value, key=lambda element: json.dumps(element, sort_keys=True))
    if mask.kind.startswith("text") and isinstance(value, str):
        return _in_text(value, mask)
    return value


def _in_text(text: str, mask: Mask) -> str:
    """Return a text with a mask over each place that stands between the mask's words."""
    parts, place = [], 0
    whole = f"{START}{text}{END}"
    while (begin := whole.find(mask.before, place)) >= 0:
        begin += len(mask.before)
        end = whole.find(mask.after, begin)
        if end < 0:
            break
        inside = whole[begin:end]
        parts += [whole[place:begin], sorted_text(inside) if mask.kind == "text order" else IGNORED]
        place = end
        if mask.before.startswith(START):
            break
    if not parts:
        return text
    return "".join([*parts, whole[place:]]).removeprefix(START).removesuffix(END)


def _marked(response: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a document in which a cookie whose value is masked says that another caller was given it before."""
    headers = response.get("headers")
    cookies = headers.get("set-cookie") if isinstance(headers, dict) else None
    if not isinstance(headers, dict) or not isinstance(cookies, dict) or cookies.get(name, {}).get("value") != IGNORED:
        return response
    changed = {**cookies, name: {**cookies[name], "value": OTHERS}}
    return {**response, "headers": {**headers, "set-cookie": changed}}
