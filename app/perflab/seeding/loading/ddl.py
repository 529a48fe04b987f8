"""Dropping a table's indexes and constraints for COPY, and creating them again.

COPY into bare tables and building the indexes afterwards is five times as fast as COPY with the indexes in place. They are
created as the database itself describes them (pg_get_indexdef, pg_get_constraintdef), under the same names. A partitioned table
keeps its indexes and keys, because those of its partitions would get other names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]
Query = sql.SQL | sql.Composed

# A partition's constraints come and go with those of its parent.
CONSTRAINTS = """
    SELECT c.conname, c.contype::text, c.conrelid::regclass::text, nullif(c.confrelid, 0)::regclass::text,
           pg_get_constraintdef(c.oid), t.relkind = 'p'
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    WHERE c.contype IN ('p', 'u', 'x', 'f') AND (c.conrelid = ANY(%(tables)s::regclass[])
          OR c.contype = 'f' AND c.confrelid = ANY(%(tables)s::regclass[]))
          AND c.conparentid = 0 AND (c.contype = 'f' OR t.relkind <> 'p')
    ORDER BY c.contype <> 'p', c.conrelid::regclass::text, c.conname
"""
# An index that a constraint made comes and goes with it.
INDEXES = """
    SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    WHERE i.indrelid = ANY(%(tables)s::regclass[]) AND t.relkind <> 'p'
          AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = i.indexrelid)
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
    ORDER BY 2, 1
"""
# The counters of serial and identity columns, of all the project's tables.
SEQUENCES = """
    SELECT s.oid::regclass::text, t.oid::regclass::text, a.attname
    FROM pg_depend d
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname <> 'perflab'
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    ORDER BY 2, 1
"""
NEXT = """
    SELECT setval({name}, t.last) FROM {sequence} s, (SELECT max({column}) AS last FROM {table}) t
    WHERE t.last > s.last_value OR t.last = s.last_value AND NOT s.is_called
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
        is_partitioned: Whether the table is; its foreign keys cannot be added unchecked.
    """

    table: str
    target: str | None
    name: str | None
    definition: str
    kind: str
    is_partitioned: bool = False

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
        checked_later = self.is_foreign_key and not self.is_partitioned and not self.definition.endswith("NOT VALID")
        unchecked = " NOT VALID" if checked_later else ""
        made: list[Query] = [
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(table, name, _ready(self.definition + unchecked))
        ]
        if unchecked:
            made.append(sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(table, name))
        return made


def _ready(text: str) -> sql.SQL:
    """SQL that the database itself wrote."""
    return sql.SQL(text)


def identifier(table: str) -> sql.SQL:
    """Return a model's db_table as Django writes it into queries: in double quotes, unless it has them already."""
    return _ready(table if table.startswith('"') and table.endswith('"') else f'"{table}"')


def _text(table: str) -> str:
    return identifier(table).as_string()


def parts_of(connection: Connection, tables: Sequence[str]) -> list[Part]:
    """Return the indexes and constraints of these tables, and the foreign keys that point at them. Two queries."""
    values = {"tables": [_text(table) for table in tables]}
    constraints = [
        Part(table, target, name, definition, kind, partitioned)
        for name, kind, table, target, definition, partitioned in connection.execute(CONSTRAINTS, values)
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
    row = connection.execute("SELECT %s::regclass::text", [_text(table)]).fetchone()
    return str(row[0]) if row else table


def partitioned(connection: Connection, tables: Sequence[str]) -> set[str]:
    """Return which of these tables are partitioned. One query."""
    kinds = connection.execute(
        "SELECT name, relkind = 'p' FROM unnest(%s::text[]) name JOIN pg_class c ON c.oid = name::regclass",
        [[_text(table) for table in tables]],
    )
    names = {name for name, is_partitioned in kinds if is_partitioned}
    return {table for table in tables if _text(table) in names}


def set_sequences(connection: Connection) -> None:
    """Let each counter continue after the greatest value of its column; one that is further on stays. A query for each."""
    for sequence, table, column in connection.execute(SEQUENCES).fetchall():
        connection.execute(
            sql.SQL(NEXT).format(
                name=sql.Literal(sequence),
                sequence=_ready(sequence),
                table=_ready(table),
                column=sql.Identifier(column),
            )
        )
