"""Rows as tuples of the values that SQLite stores, made in chunks for `executemany`.

SQLite has no type for moments and UUIDs, and compares them as text. So they must be written as Django writes them: a moment
with six digits after the point, or none and no point, a UUID without hyphens. Numbers may come as text: a column's
affinity turns them into numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
from django.db.models import BooleanField, DateTimeField, Field, UUIDField

from perflab.seeding.description.instances import is_kind
from perflab.seeding.loading.binding import bound
from perflab.seeding.loading.text import CHUNK_ROWS, Span, kinds_of, piece
from perflab.seeding.rows import Numbers, Rows


@dataclass(frozen=True)
class Records:
    """A table's rows.

    Args:
        table: The table's name.
        columns: The columns' names, in the order of the values in chunks().
        count: The number of rows.
        constants: The values of each archetype.
        archetype: The number of each row's archetype; None if rows take nothing from theirs.
        own: The functions that return the other columns' values for a span of rows.
        keeps_rows: Whether rows stay in the table.
        key: The columns of the primary key.
        replaced: The keys of rows that are there and written again.
    """

    table: str
    columns: tuple[str, ...]
    count: int
    constants: list[tuple[Any, ...]]
    archetype: Numbers | None
    own: tuple[Callable[[Span], list[Any]], ...]
    keeps_rows: bool = False
    key: tuple[str, ...] = ()
    replaced: tuple[tuple[Any, ...], ...] = ()

    def chunks(self, size: int = CHUNK_ROWS) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows in lists of up to `size`."""
        for start in range(0, self.count, size):
            span = (start, min(start + size, self.count))
            own = [values_of(span) for values_of in self.own]
            if self.archetype is None:
                yield list(zip(*own, strict=True))
            else:
                constants = map(self.constants.__getitem__, self.archetype[slice(*span)].tolist())
                yield [(*constant, *values) for constant, *values in zip(constants, *own, strict=True)]


def records(rows: Rows, connection: Any) -> Records:
    """Return a table's rows as SQLite stores them. `connection` is Django's."""
    kinds, table = kinds_of(rows), rows.table
    columns = [str(field.column) for field in kinds.constant]
    own: list[Callable[[Span], list[Any]]] = []
    if kinds.key is not None:
        columns.append(str(kinds.key.column))
        own.append(_counting(rows.kept.last + 1))
    for field, values in kinds.drawn:
        columns.append(str(field.column))
        own.append(_own(piece(rows, field, values), _stored(field)))
    return Records(
        table.model._meta.db_table,
        tuple(columns),
        rows.count,
        bound(table.model, table.archetypes, [field.attname for field in kinds.constant], connection)
        if kinds.constant
        else [],
        rows.archetype if kinds.constant else None,
        tuple(own),
        keeps_rows=rows.keeps_rows,
        key=tuple(str(field.column) for field in rows.key_fields),
        replaced=tuple(
            tuple(field.get_db_prep_save(value, connection) for field, value in zip(rows.key_fields, key, strict=True))
            for key in rows.replaced
        ),
    )


def _counting(first: int) -> Callable[[Span], list[int]]:
    return lambda span: list(range(span[0] + first, span[1] + first))


def _own(texts: Callable[[Span], Any], stored: Callable[[Any], Any]) -> Callable[[Span], list[Any]]:
    def values(span: Span) -> list[Any]:
        converted: list[Any] = stored(texts(span)).to_pylist()
        return converted

    return values


def _stored(field: Field[Any, Any]) -> Callable[[Any], Any]:
    """Return the function that turns COPY text into what Django would store in this column."""
    while field.is_relation:
        field = field.target_field  # type: ignore[attr-defined]  # a relation has it
    if is_kind(field, UUIDField):
        return lambda texts: pc.replace_substring(texts, "-", "")
    if is_kind(field, DateTimeField):
        return _moments
    if is_kind(field, BooleanField):
        return lambda texts: pc.replace_substring(pc.replace_substring(texts, "true", "1"), "false", "0")
    return lambda texts: texts


def _moments(texts: Any) -> Any:
    """Write moments with six digits after the point instead of three, or none if all are 0."""
    return pc.replace_substring(pc.replace_substring_regex(texts, r"\.(\d{3})$", r".\1000"), ".000000", "")
