"""The table diff of a round: whether its writes left the same rows in every cell's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perflab.experiment.observe.written import Written
from perflab.experiment.responses import IgnoredFields, as_text, volatile_fields
from perflab.run import response
from perflab.run.cells import BASELINE, OPTIMISED, TWIN
from perflab.run.response import Difference
from perflab.run.tables import Row

Tables = Mapping[str, Written]
NOTHING = Written(0, {})


def compare(number: int, cells: Mapping[str, Tables], ignored: IgnoredFields) -> list[Row]:
    """Return a row for each cell and table that any cell wrote to: its differences from the baseline's table.

    Columns that hold volatile values and differ between `all_on` and its A/A control are ignored.

    Args:
        number: Number of the round.
        cells: What each cell wrote, by table.
        ignored: The fields to ignore; columns are added under the table's name.
    """
    tables = sorted({table for written in cells.values() for table in written})
    for table in tables:
        _find_volatile_columns(table, cells, ignored)
    baseline = cells.get(BASELINE, {})
    return [
        {"round": number, "cell": cell, "table": table}
        | _differences(written.get(table, NOTHING), baseline.get(table, NOTHING), ignored.of(table))
        for table in tables
        for cell, written in cells.items()
    ]


def _find_volatile_columns(table: str, cells: Mapping[str, Tables], ignored: IgnoredFields) -> None:
    if {OPTIMISED, TWIN} <= set(cells):
        optimised, control = (_document(cells[cell].get(table, NOTHING)) for cell in (OPTIMISED, TWIN))
        ignored.add(table, volatile_fields(optimised, control, _column))


def _differences(written: Written, baseline: Written, ignored: list[str]) -> Row:
    """Return the columns that describe one table: its size, the number of differences, and the first one."""
    expected, got = (response.without_fields(_document(table), ignored) for table in (baseline, written))
    differences = list(response.differences(expected, got))
    # A difference in the number of rows is the most informative one.
    first = min(differences, key=lambda difference: difference.pointer != "/count", default=None)
    return {
        "rows": written.count,
        "written": len(written.rows),
        "differing": len(differences),
        **dict(_columns_of(first)),
    }


def _columns_of(difference: Difference | None) -> Iterator[tuple[str, Any]]:
    if difference is None:
        yield from dict.fromkeys(("pointer", "kind", "expected", "got")).items()
        return
    absent = response.ABSENT in (difference.expected, difference.got)
    yield "pointer", difference.pointer
    yield "kind", "rows" if absent or difference.pointer == "/count" else "value"
    yield "expected", as_text(difference.expected)
    yield "got", as_text(difference.got)


def _document(table: Written) -> response.Document:
    return {"count": table.count, "rows": table.rows}


def _column(pointer: str) -> str:
    """Return the pointer of a place's column in all rows."""
    parts = pointer.split("/")
    return "/".join([*parts[:2], response.ANY, *parts[3:]])
