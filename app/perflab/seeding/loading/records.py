"""Rows as tuples of what SQLite stores, made in chunks: what `executemany` takes.

SQLite has no type for moments and UUIDs, and compares the texts that it has. So they must be written as Django writes them:
a moment with six digits after the point, or none and no point, a UUID without hyphens. Numbers may come as text: a
column's affinity makes numbers of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
from django.db.models import BooleanField, DateTimeField, Field, UUIDField

from perflab.seeding.loading.text import CHUNK_ROWS, Span, archetype_values, kinds_of, piece
from perflab.seeding.rows import Numbers, Rows


@dataclass(frozen=True)
class Records:
    """A table's rows: `columns` are the database's names, in the order of the values that chunks() gives.

    `constants` has the values of each archetype, and `archetype` the number of each row's; None where rows have nothing
    from theirs.
    """

    table: str
    columns: tuple[str, ...]
    count: int
    constants: list[tuple[Any, ...]]
    archetype: Numbers | None
    own: tuple[Callable[[Span], list[Any]], ...]

    def chunks(self, size: int = CHUNK_ROWS) -> Iterator[list[tuple[Any, ...]]]:
        for start in range(0, self.count, size):
            span = (start, min(start + size, self.count))
            own = [values_of(span) for values_of in self.own]
            if self.archetype is None:
                yield list(zip(*own, strict=True))
            else:
                constants = map(self.constants.__getitem__, self.archetype[slice(*span)].tolist())
                yield [(*constant, *values) for constant, *values in zip(constants, *own, strict=True)]


def records(rows: Rows, connection: Any) -> Records:
    """How to store a table's rows. `connection` is Django's, for SQLite."""
    kinds = kinds_of(rows)
    columns = [str(field.column) for field in kinds.constant]
    own: list[Callable[[Span], list[Any]]] = []
    if kinds.key is not None:
        columns.append(str(kinds.key.column))
        own.append(_numbers)
    for field, values in kinds.drawn:
        columns.append(str(field.column))
        own.append(_own(piece(rows, field, values), _stored(field)))
    return Records(
        rows.table.model._meta.db_table,
        tuple(columns),
        rows.count,
        list(archetype_values(rows, kinds.constant, connection)) if kinds.constant else [],
        rows.archetype if kinds.constant else None,
        tuple(own),
    )


def _numbers(span: Span) -> list[int]:
    return list(range(span[0] + 1, span[1] + 1))


def _own(texts: Callable[[Span], Any], stored: Callable[[Any], Any]) -> Callable[[Span], list[Any]]:
    def values(span: Span) -> list[Any]:
        found: list[Any] = stored(texts(span)).to_pylist()
        return found

    return values


def _stored(field: Field[Any, Any]) -> Callable[[Any], Any]:
    """What makes of COPY text what Django would store in this column."""
    while field.is_relation:
        field = field.target_field  # type: ignore[attr-defined]  # a relation has it
    match field:
        case UUIDField():
            return lambda texts: pc.replace_substring(texts, "-", "")
        case DateTimeField():
            return _moments
        case BooleanField():
            return lambda texts: pc.replace_substring(pc.replace_substring(texts, "true", "1"), "false", "0")
    return lambda texts: texts


def _moments(texts: Any) -> Any:
    """From three digits after the point to six, or none where all are 0."""
    return pc.replace_substring(pc.replace_substring_regex(texts, r"\.(\d{3})$", r".\1000"), ".000000", "")
