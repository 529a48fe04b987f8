"""What a SELECT of Django's compares and sorts by: SQLite's plans do not contain it.

Only the top level is read: conditions of joins and subqueries are not.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from perflab.analysis.database.conditions import column_of, comparisons, parsed


@dataclass(frozen=True, slots=True)
class Access:
    """How a statement accesses one table.

    Attributes:
        equal: The columns that are compared for equality.
        ranges: The columns that are compared otherwise.
        order: The columns that the rows are sorted by, each with whether it is descending.
    """

    equal: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()


def access_of(statement: str, table: str) -> Access:
    """Return how a statement of SQLite accesses a table; nothing for a text that cannot be parsed or is no SELECT.

    Args:
        statement: The text with its values.
        table: The table's name, or its alias in the statement.
    """
    tree = parsed(statement, "sqlite")
    if not isinstance(tree, exp.Select):
        return Access()
    where = tree.args.get("where")
    equal: dict[str, None] = {}
    ranges: dict[str, None] = {}
    for column, is_equality, other in comparisons(where and where.this):
        if column.table == table and not isinstance(other, exp.Column):  # with another column it is a join
            (equal if is_equality else ranges).setdefault(column.name)
    return Access(tuple(equal), tuple(name for name in ranges if name not in equal), tuple(_order(tree, table)))


def table_of(statement: str, name: str) -> str | None:
    """Return the table that a name stands for in a statement of SQLite; None for a subquery or a text that cannot be parsed.

    Args:
        statement: The text with its values.
        name: The table's name, or its alias in the statement.
    """
    tree = parsed(statement, "sqlite")
    tables = tree.find_all(exp.Table) if tree is not None else ()
    return next((table.name for table in tables if name in (table.alias, table.name)), None)


def _order(tree: exp.Select, table: str) -> list[tuple[str, bool]]:
    """Return the sort keys as far as they are columns of the table."""
    keys = []
    order = tree.args.get("order")
    for key in order.expressions if order else ():
        column = column_of(key.this)
        if column is None or column.table != table:
            break
        keys.append((column.name, bool(key.args.get("desc"))))
    return keys
