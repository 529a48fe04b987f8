"""A difference as it is shown: the place that differs, with some context, however long the values are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from perflab.run.response.difference import Difference
from perflab.run.response.pointer import in_text
from perflab.run.response.text import END, START, text_places

# How much is shown of a place in a text; of rows: how many, and of each.
MAX_SHOWN = 240
MAX_ROWS, MAX_ROW_LENGTH = 10, 300
# A text that is longer is shown at the place that differs; a shorter one as a whole.
SHORT = 60


def is_text(pointer: str, expected: Any, got: Any) -> bool:
    """Return whether two values are texts, which are compared place by place: a body that is no JSON, or two long strings.

    Args:
        pointer: Where they stand in the response.
        expected: The value of the baseline.
        got: The other cell's.
    """
    if not isinstance(expected, str) or not isinstance(got, str):
        return False
    return pointer == "/body" or (min(len(expected), len(got)) >= SHORT and len(expected.split()) > 1)


def shown(difference: Difference) -> Iterator[Difference]:
    """Yield a difference as it is shown: of texts each place that differs, with its context; of rows the first ones."""
    expected, got = difference.expected, difference.got
    if not is_text(difference.pointer, expected, got):
        yield replace(difference, expected=_cut_rows(expected), got=_cut_rows(got))
        return
    for place in text_places(expected, got):
        yield Difference(
            in_text(difference.pointer, place.before.strip(START)),
            "order" if place.is_order and difference.kind == "value" else difference.kind,
            _around(place.expected, *place.context),
            _around(place.got, *place.context),
        )


def _around(text: str, before: str, after: str) -> str:
    inside = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    whole = f"{before}{inside}{after}"
    head = "" if whole.startswith(START) else "…"
    tail = "" if whole.endswith(END) else "…"
    return f"{head}{whole.strip(START + END)}{tail}"


def _cut_rows(value: Any) -> Any:
    """Return the first rows of a list, each cut where it is long."""
    if isinstance(value, list) and len(str(value)) > MAX_ROW_LENGTH:
        rows = [
            row if len(text := str(row)) <= MAX_ROW_LENGTH else f"{text[:MAX_ROW_LENGTH]}…" for row in value[:MAX_ROWS]
        ]
        return [*rows, f"and {len(value) - MAX_ROWS} more"] if len(value) > MAX_ROWS else rows
    return value
