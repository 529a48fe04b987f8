"""SQL that both kinds of database read alike."""

from __future__ import annotations


def quoted(name: str) -> str:
    """A table's, column's or index's name as both PostgreSQL and SQLite read it, whatever it is made of."""
    return '"{}"'.format(name.replace('"', '""'))
