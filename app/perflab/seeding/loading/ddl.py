"""Dropping a table's indexes and constraints for COPY, and creating them again.

COPY into bare tables and building the indexes afterwards is five times as fast as COPY with the indexes in place. They are
created as the database itself describes them (pg_get_indexdef, pg_get_constraintdef), under the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]
Query = sql.SQL | sql.Composed

CONSTRAINTS = """
    SELECT c.conname, c.contype::text, c.conrelid::regclass::text, nullif(c.confrelid, 0)::regclass::text,
           pg_get_constraintdef(c.oid)
    FROM pg_constraint c
    WHERE c.contype IN ('p', 'u', 'x', 'f') AND (c.conrelid = ANY(%(tables)s::regclass[])
          OR c.contype = 'f' AND c.confrelid = ANY(%(tables)s::regclass[]))
    ORDER BY c.contype <> 'p', c.conrelid::regclass::text, c.conname
"""
# An index that a constraint made comes and goes with it.
INDEXES = """
    SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i
    WHERE i.indrelid = ANY(%(tables)s::regclass[])
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
    ORDER BY 2, 1
"""


@dataclass(frozen=True)
class Part:
    """An index or constraint.

    Args:
        table: The table that it belongs to, quoted as regclass writes it.
        target: The table that a foreign key points at, quoted; else None.
        name: A constraint's name; None for an index.
        definition: Its SQL.
        kind: A constraint's type (p, u, x or f); for an index its quoted name.
    """

    table: str
    target: str | None
    name: str | None
    definition: str
    kind: str

    @property
    def is_foreign_key(self) -> bool:
        """Whether it is a foreign key."""
        return self.kind == "f"

    def drop(self) -> Query:
        """Return the statement that drops it."""
        if self.name is None:
            return sql.SQL("DROP INDEX {}").format(_ready(self.kind))
        return sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(_ready(self.table), sql.Identifier(self.name))

    def create(self) -> list[Query]:
        """Return the statements that create it again.

        A foreign key is added unchecked and then checked: that takes no lock that two tables' checks would wait for.
        """
        if self.name is None:
            return [_ready(self.definition)]
        table, name = _ready(self.table), sql.Identifier(self.name)
        unchecked = " NOT VALID" if self.is_foreign_key and not self.definition.endswith("NOT VALID") else ""
        made: list[Query] = [
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(table, name, _ready(self.definition + unchecked))
        ]
        if unchecked:
            made.append(sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(table, name))
        return made


def _ready(text: str) -> sql.SQL:
    """SQL that the database itself wrote."""
    return sql.SQL(text)


def parts_of(connection: Connection, tables: Sequence[str]) -> list[Part]:
    """Return the indexes and constraints of these tables, and the foreign keys that point at them. Two queries."""
    values = {"tables": [sql.Identifier(table).as_string(connection) for table in tables]}
    constraints = [
        Part(table, target, name, definition, kind)
        for name, kind, table, target, definition in connection.execute(CONSTRAINTS, values)
    ]
    return constraints + [
        Part(table, None, None, made, name) for name, table, made in connection.execute(INDEXES, values)
    ]


def drop(connection: Connection, parts: Sequence[Part]) -> None:
    """Drop indexes and constraints, foreign keys before the keys that they need."""
    with connection.transaction():
        for part in sorted(parts, key=lambda part: not part.is_foreign_key):
            connection.execute(part.drop())


def quoted(connection: Connection, table: str) -> str:
    """Return a table's name as `Part.table` has it."""
    row = connection.execute("SELECT %s::regclass::text", [sql.Identifier(table).as_string(connection)]).fetchone()
    return str(row[0]) if row else table


def set_sequences(connection: Connection, table: str, columns: Sequence[str], last: int) -> None:
    """Let sequences continue after `last`.

    Args:
        connection: A connection to the database.
        table: The table.
        columns: The columns that take their values from a sequence.
        last: The last value that is taken; 0 for none.
    """
    name = sql.Identifier(table).as_string(connection)
    for column in columns:
        connection.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), greatest(%s, 1), %s)", [name, column, last, last > 0]
        )
