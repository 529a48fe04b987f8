"""Where a query or a cache operation comes from, in words: a line of the project, or third-party code that is told as such."""

from __future__ import annotations

from typing import Any

from perflab.run.tables import THIRD_PARTY
from perflab.units import cut

MAX_SQL_LENGTH = 110


def place(source: Any) -> str:
    """Return where something happens, for the middle of a sentence; empty where that is unknown.

    ` (at shop/cards.py:9 card)`, or ` (in third-party code: wagtail/models/pages.py:120 get_parent)`.

    Args:
        source: What the recording has.
    """
    text = where(source)
    return f" ({text})" if text else ""


def where(source: Any) -> str:
    """Return the same without brackets: `at shop/cards.py:9 card`.

    Args:
        source: What the recording has.
    """
    if not isinstance(source, str):
        return ""
    return f"in {source}" if source.startswith(THIRD_PARTY) else f"at {source}"


def is_of_the_project(source: Any) -> bool:
    """Return whether a line of the project's code makes it: neither a template, nor third-party code, nor an unknown one.

    Args:
        source: What the recording has: `path:line function`, of a template `path:line`.
    """
    return isinstance(source, str) and THIRD_PARTY not in source and " " in source


def shortened(sql: str, max_length: int = MAX_SQL_LENGTH) -> str:
    """Return SQL that fits on a line, without quotes; the column list of a SELECT is left out first.

    Args:
        sql: The statement.
        max_length: The number of characters to keep.
    """
    sql = sql.replace('"', "")
    head, from_, tail = sql.partition(" FROM ")
    if head.startswith("SELECT ") and from_ and len(sql) > max_length:
        sql = f"SELECT … FROM {tail}"
    return cut(sql, max_length)
