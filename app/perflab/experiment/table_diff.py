"""The aftermath of a round: whether its writes left the same rows in every cell's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perflab.experiment.observe.written import Written
from perflab.experiment.responses import Masks, as_text
from perflab.run import response
from perflab.run.cells import BASELINE, OPTIMISED, TWIN
from perflab.run.response import Difference
from perflab.run.tables import Row

Tables = Mapping[str, Written]
NOTHING = Written(0, {})


def compare(number: int, cells: Mapping[str, Tables], masks: Masks) -> list[Row]:
    """A row for each cell and table that any cell wrote to, held against the baseline's; the first difference with it.

    What differs between the twins and looks like noise is masked by column, and added to `masks` under the table's name.
    """
    tables = sorted({table for found in cells.values() for table in found})
    for table in tables:
        _find_noise(table, cells, masks)
    return [
        _row(
            number, cell, table, found.get(table, NOTHING), cells.get(BASELINE, {}).get(table, NOTHING), masks.of(table)
        )
        for table in tables
        for cell, found in cells.items()
    ]


def _find_noise(table: str, cells: Mapping[str, Tables], masks: Masks) -> None:
    if not {OPTIMISED, TWIN} <= set(cells):
        return
    one, other = (_document(cells[cell].get(table, NOTHING)) for cell in (OPTIMISED, TWIN))
    for found in response.differences(one, other):
        kind = response.noise(found.expected, found.got)
        if kind is not None:
            place = _column(found.pointer)
            masks.found.setdefault(table, {}).setdefault(place, {"kind": kind, "example": str(found.got)[:100]})


def _row(number: int, cell: str, table: str, mine: Written, base: Written, masks: list[str]) -> Row:
    expected, got = (response.masked(_document(side), masks) for side in (base, mine))
    found = list(response.differences(expected, got))
    first = min(found, key=lambda one: one.pointer != "/count", default=None)  # a row more or less says most
    return {
        "round": number,
        "cell": cell,
        "table": table,
        "rows": mine.count,
        "written": len(mine.rows),
        "differing": len(found),
        **dict(_first(first)),
    }


def _first(one: Difference | None) -> Iterator[tuple[str, Any]]:
    absent = one is not None and response.ABSENT in (one.expected, one.got)
    yield "pointer", None if one is None else one.pointer
    yield "kind", None if one is None else "rows" if absent or one.pointer == "/count" else "value"
    for side in ("expected", "got"):
        yield side, None if one is None else as_text(getattr(one, side))


def _document(table: Written) -> response.Document:
    return {"count": table.count, "rows": table.rows}


def _column(pointer: str) -> str:
    """The mask for a place in a row: its column in all rows."""
    parts = pointer.split("/")
    return "/".join([*parts[:2], response.ANY, *parts[3:]])
