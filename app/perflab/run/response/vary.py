"""What varies by itself: the places in which two responses of the same system to the same request differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from perflab.run.response.difference import ABSENT, Difference, Document, differences
from perflab.run.response.excerpt import is_text
from perflab.run.response.mask import Mask, masked
from perflab.run.response.pointer import field_of
from perflab.run.response.text import text_places
from perflab.run.response.volatile import TOKEN, volatile_kind

# How often what still differs under the masks is looked at again; in the second half, whole fields are masked.
MAX_LOOKS = 8
MAX_EXAMPLE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class VaryingPlace:
    """A place that varies by itself, and what it holds.

    `kind`: a `time`, a `uuid` or a `token`, the `order` or the `rows` of a list, or any other `value`.
    """

    mask: Mask
    kind: str
    example: str


def varying(expected: Document, got: Document, masks: Collection[Mask] = ()) -> list[VaryingPlace]:
    """Return the places in which two responses of two identical systems differ, and that are not masked already.

    Under the masks of these places the two are the same. None varies where their statuses differ: then all of it does.

    Args:
        expected: The response of one system.
        got: The response of the other one to the same request.
        masks: The masks that there are already.
    """
    places: dict[Mask, VaryingPlace] = {}
    for look in range(MAX_LOOKS):
        every = [*masks, *places]
        left, right = masked(expected, every), masked(got, every)
        remaining = list(differences(left, right))
        if not remaining:
            break
        if any(difference.kind == "status" for difference in remaining):
            return []
        is_last = look >= MAX_LOOKS // 2
        for difference in remaining:
            for place in _whole(difference) if is_last else _places(difference, every):
                places.setdefault(place.mask, place)
    return [*places.values()]


def _places(difference: Difference, masks: Collection[Mask]) -> Iterator[VaryingPlace]:
    """Yield the places of one difference; the whole field where its places are masked already and do not cover it."""
    field = field_of(difference.pointer)
    if difference.kind == "order":
        mask = Mask(field, "order")
        yield from _whole(difference) if mask in masks else [VaryingPlace(mask, "order", "")]
    elif difference.kind != "value" or not is_text(difference.pointer, difference.expected, difference.got):
        yield from _whole(difference)
    else:
        for place in text_places(difference.expected, difference.got):
            mask = Mask(field, "text order" if place.is_order else "text", place.before, place.after)
            if mask in masks:
                yield from _whole(difference)
                return
            kind = "order" if place.is_order else _kind(place.expected, place.got)
            yield VaryingPlace(mask, kind, place.got[:MAX_EXAMPLE_LENGTH])


def _whole(difference: Difference) -> Iterator[VaryingPlace]:
    """Yield the whole field that a difference is in."""
    field = field_of(difference.pointer)
    is_absent = ABSENT in (difference.expected, difference.got)
    kind = "rows" if difference.kind == "rows" else _kind(difference.expected, difference.got)
    yield VaryingPlace(Mask(field, "absent" if is_absent else "value"), kind, str(difference.got)[:MAX_EXAMPLE_LENGTH])


def _kind(expected: object, got: object) -> str:
    kind = volatile_kind(expected, got)
    if kind is None and isinstance(expected, str) and isinstance(got, str) and len(got) == len(expected) >= 32:
        return "token" if TOKEN.fullmatch(got) or TOKEN.fullmatch(expected) else "value"
    return kind or "value"
