"""Columns of a copy that are not masked, but look as if they held mail addresses: texts, JSON, fields of odd names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from perflab.seeding.masking.rules import Column, holds_text
from perflab.servers.database import quoted

# So many rows of a table are looked at: the first ones.
ROWS = 1_000
MAIL = "%_@_%._%"


def look_like_mail(connection: Any, columns: Sequence[Column]) -> Iterator[Column]:
    """Yield the columns that hold something like a mail address. A query for each table, of its first rows.

    Args:
        connection: A connection to the copy: psycopg's or sqlite3's.
        columns: The columns that are not masked.
    """
    by_table: dict[tuple[str | None, str], list[Column]] = {}
    for column in columns:
        if holds_text(column):
            by_table.setdefault((column.schema, column.table), []).append(column)
    for (schema, table), texts in by_table.items():
        name = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
        looks = [
            f"max(CASE WHEN CAST({quoted(column.name)} AS text) LIKE '{MAIL}' THEN 1 ELSE 0 END)" for column in texts
        ]
        rows = f"(SELECT * FROM {name} LIMIT {ROWS}) AS first_rows"
        seen = connection.execute(f"SELECT {', '.join(looks)} FROM {rows}").fetchone()
        yield from (column for column, is_mail in zip(texts, seen, strict=True) if is_mail)
