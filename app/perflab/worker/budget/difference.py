"""What changed between the pinned entry and what was counted, as a readable diff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from perflab.units import counted
from perflab.worker.budget.entries import Entry
from perflab.worker.budget.formula import Formula, parsed

MAX_SOURCES = 3


def difference(name: str, pinned: Entry, entry: Entry, sources: Mapping[str, Sequence[str]]) -> str:
    """Return a headline, and one line for each query that is sent more or less often.

    Args:
        name: The entry's name.
        pinned: What the file has.
        entry: What was counted.
        sources: The project's lines that sent a query, by its text.
    """
    number = pinned.total()
    pins = counted(int(number), "query", "queries") if number.isdecimal() else f"{number} queries"
    lines = [f"{name}: {pins} pinned, {entry.total()} sent"]
    changes = [
        (sign, times, sql)
        for sql in sorted({*pinned.sql, *entry.sql})
        for sign, times in _changes(pinned.sql.get(sql), entry.sql.get(sql))
    ]
    for sign, times, sql in sorted(changes, key=lambda change: change[0] == "-"):
        lines.append(f"{sign} {times} x {sql}{_lines(sources.get(sql, ())) if sign == '+' else ''}")
    return "\n".join(lines)


def _changes(before: str | None, after: str | None) -> Iterator[tuple[str, str]]:
    if before == after:
        return
    was, now = parsed(before or "0"), parsed(after or "0")
    if was is None or now is None:  # a query that is sent neither equally often nor in proportion to the rows
        yield from (("-", before),) if before else ()
        yield from (("+", after),) if after else ()
        return
    change = now - was
    more = Formula(max(change.fixed, Fraction(0)), max(change.per_row, Fraction(0)))
    less = more - change
    yield from (("+", str(more)),) if more != Formula(Fraction(0)) else ()
    yield from (("-", str(less)),) if less != Formula(Fraction(0)) else ()


def _lines(sources: Sequence[str]) -> str:
    if not sources:
        return ""
    further = f" and {len(sources) - MAX_SOURCES} more" if len(sources) > MAX_SOURCES else ""
    return f"  ({', '.join(sources[:MAX_SOURCES])}{further})"
