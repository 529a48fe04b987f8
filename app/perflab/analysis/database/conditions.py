"""What conditions compare: PostgreSQL's and SQLite's, read as trees by sqlglot."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

EQUALITY = (exp.EQ, exp.Is)
COMPARISONS = (*EQUALITY, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In)


def parsed(text: str, dialect: str) -> exp.Expr | None:
    """Return the tree of an SQL text; None for a text that cannot be parsed, or an empty one.

    Args:
        text: A statement or an expression, with its values.
        dialect: sqlglot's name of the database: `postgres` or `sqlite`.
    """
    try:
        return sqlglot.parse_one(text, dialect=dialect) if text.strip() else None
    except Exception:  # a text of the project's: whatever is wrong with it, it must not end a run
        return None


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """Return the parts of a condition that all have to hold; an OR has none, because no single index serves both sides."""
    node = None if condition is None else condition.unnest()
    if isinstance(node, exp.And):
        return [*conjuncts(node.left), *conjuncts(node.right)]
    return [] if node is None or isinstance(node, exp.Or) else [node]


def comparisons(condition: exp.Expr | None) -> Iterator[tuple[exp.Column, bool, exp.Expr | None]]:
    """Yield each column that a condition compares: the column, whether for equality, and what it is compared with.

    The column stands on the left; PostgreSQL may have cast it, which counts as the column.
    """
    for node in conjuncts(condition):
        if not isinstance(node, COMPARISONS) or (isinstance(node, exp.Is) and not _is_null(node)):
            continue
        column = uncast(node.this)
        if isinstance(column, exp.Column):
            other = node.args.get("expression")
            yield column, isinstance(node, EQUALITY), None if other is None else other.unnest()


def uncast(node: exp.Expr) -> exp.Expr:
    """Return an expression without the brackets and casts around it."""
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    return node


def column_of(node: exp.Expr) -> exp.Column | None:
    """Return the column that an expression is, brackets aside; None if it is anything else."""
    inner = node.unnest()
    return inner if isinstance(inner, exp.Column) else None


def _is_null(node: exp.Is) -> bool:
    return isinstance(node.expression, exp.Null) and not node.args.get("negate")
