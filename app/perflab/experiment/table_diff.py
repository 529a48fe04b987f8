"""The table diff of a round: whether its writes left the same rows in every cell's database.

What differs between the two runs of the baseline varies by itself. A column that does is ignored; where the primary key is such
a column (a UUID, the key of a session), rows are matched by what else they hold.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perflab.experiment.observe.written import Written
from perflab.experiment.responses import MAX_EXAMPLE_LENGTH, IgnoredFields, as_text, printable
from perflab.run import response
from perflab.run.cells import BASELINE, TWIN_OFF
from perflab.run.response import Difference, Mask, VaryingPlace, volatile_kind
from perflab.run.response.pointer import ANY, escaped, unescaped
from perflab.run.tables import Row

Tables = Mapping[str, Written]
NOTHING = Written(0, {})
ROWS = "/rows"


def compare(number: int, cells: Mapping[str, Tables], ignored: IgnoredFields) -> list[Row]:
    """Return a row for each cell and table that any cell wrote to: its differences from the baseline's table.

    Args:
        number: Number of the round.
        cells: What each cell wrote, by table.
        ignored: The places to ignore; columns are added under the table's name.
    """
    tables = sorted({table for written in cells.values() for table in written})
    baseline, control = cells.get(BASELINE, {}), cells.get(TWIN_OFF)
    rows = []
    for table in tables:
        expected = baseline.get(table, NOTHING)
        if control is not None:
            ignored.add(table, _varying_columns(expected, control.get(table, NOTHING), _columns(ignored.of(table))))
        columns = _columns(ignored.of(table))
        rows += [
            {"round": number, "cell": cell, "table": table}
            | _differences(written.get(table, NOTHING), expected, columns)
            for cell, written in cells.items()
        ]
    return rows


def _columns(masks: Sequence[Mask]) -> frozenset[str]:
    """Return the columns that the masks of a table cover."""
    return frozenset(unescaped(mask.field.rpartition("/")[2]) for mask in masks)


def _varying_columns(expected: Written, got: Written, masked: frozenset[str]) -> Iterator[VaryingPlace]:
    """Yield the columns whose values differ between the two runs of the baseline: in a row of both, or in all rows together."""
    shared = expected.rows.keys() & got.rows.keys()
    columns = dict.fromkeys(name for rows in (expected.rows, got.rows) for row in rows.values() for name in row)
    # A row that only one of them has says nothing of its columns, unless the other has another one in its place.
    is_complete = len(expected.rows) == len(got.rows)
    for name in columns:
        if name in masked:
            continue
        pair = next(
            (
                (expected.rows[key].get(name), got.rows[key].get(name))
                for key in shared
                if expected.rows[key].get(name) != got.rows[key].get(name)
            ),
            None,
        )
        if pair is None and is_complete:
            here, there = (Counter(_text(row.get(name)) for row in side.rows.values()) for side in (expected, got))
            if here != there:
                left, right = (
                    next(iter((counts - others).elements())) for counts, others in ((here, there), (there, here))
                )
                pair = json.loads(left), json.loads(right)
        if pair is not None:
            kind = volatile_kind(*pair) or "value"
            mask = Mask(f"{ROWS}/{ANY}/{escaped(name)}")
            yield VaryingPlace(mask, kind, printable(str(pair[1]))[:MAX_EXAMPLE_LENGTH])


def _differences(written: Written, baseline: Written, ignored: frozenset[str]) -> Row:
    """Return the columns that describe one table: its size, the number of differences, and the first one."""
    expected, got = _matched(baseline, written, ignored)
    differences = list(response.differences(expected, got))
    # A difference in the number of rows is the most informative one.
    first = min(differences, key=lambda difference: difference.pointer != "/count", default=None)
    return {
        "rows": written.count,
        "written": len(written.rows),
        "differing": len(differences),
        **dict(_columns_of(first)),
    }


def _matched(baseline: Written, written: Written, ignored: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both tables as documents without the ignored columns, their rows by key; by their content where the keys vary."""
    sides: list[Mapping[str, Mapping[str, Any]]] = [
        {key: {name: value for name, value in row.items() if name not in ignored} for key, row in side.rows.items()}
        for side in (baseline, written)
    ]
    if ignored and any(_holds_key(key, row, ignored) for side in (baseline, written) for key, row in side.rows.items()):
        sides = [_by_content(rows) for rows in sides]
    expected, got = ({"count": side.count, "rows": rows} for side, rows in zip((baseline, written), sides, strict=True))
    return expected, got


def _holds_key(key: str, row: Mapping[str, Any], ignored: frozenset[str]) -> bool:
    """Return whether an ignored column is a part of a row's key, or the row is its own key."""
    values = json.loads(key)
    return not isinstance(values, list) or any(row.get(name) in values for name in ignored)


def _by_content(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return rows by what they hold, and the number of those that hold the same."""
    result: dict[str, Mapping[str, Any]] = {}
    seen: Counter[str] = Counter()
    for row in rows.values():
        text = _text(row)
        seen[text] += 1
        result[f"{text} {seen[text]}"] = row
    return result


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _columns_of(difference: Difference | None) -> Iterator[tuple[str, Any]]:
    if difference is None:
        yield from dict.fromkeys(("pointer", "kind", "expected", "got")).items()
        return
    absent = response.ABSENT in (difference.expected, difference.got)
    first = next(response.shown(difference))
    yield "pointer", printable(first.pointer)[:300]
    yield "kind", "rows" if absent or difference.pointer == "/count" else "value"
    yield "expected", as_text(first.expected)
    yield "got", as_text(first.got)
