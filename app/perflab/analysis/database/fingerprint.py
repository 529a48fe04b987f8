"""The fingerprint of a query: its text without what differs from call to call, read by sqlglot.

It serves for grouping and for display. It is never executed: its placeholders no longer match the query's parameters.
"""

from __future__ import annotations

import re
from functools import lru_cache

import sqlglot
from sqlglot import ErrorLevel, exp

# What is parsed; sqlglot would take SAVEPOINT for an alias, and reads EXPLAIN, DECLARE and SET no further than their first word.
PARSED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "VALUES", "(")
# Parsing 30,000 placeholders takes a second: the lists of a text longer than this are shortened before.
MAX_PARSED = 10_000
MAX_CACHED = 4096
# Names that Django makes anew: of each savepoint in a process, of each server-side cursor.
NUMBERED = re.compile(r'^((?:RELEASE |ROLLBACK TO )?SAVEPOINT) .+$|"_django_curs_[^"]*"', re.IGNORECASE)


@lru_cache(maxsize=MAX_CACHED)
def fingerprint(sql: str) -> str:
    """Return the text of a query without literals, comments, and the lengths of lists and of VALUES.

    A text that cannot be parsed is kept, with its white space made uniform; names of savepoints and
    cursors are left out. Costs about 1 ms for a text not seen before.

    Args:
        sql: The text as Django passes it to the database driver: `%s` for each parameter, `%%` for a percent sign.
    """
    tree = tree_of(sql)
    if tree is not None:
        try:
            return tree.sql(dialect="postgres", comments=False, unsupported_level=ErrorLevel.IGNORE)
        except Exception:  # as below
            pass
    return NUMBERED.sub(_unnumbered, " ".join(sql.split()))


def tree_of(sql: str) -> exp.Expr | None:
    """Return a query as a tree without literals and lists, as `fingerprint` writes it; None where it cannot be parsed."""
    text = " ".join(sql.split())
    if not text.upper().startswith(PARSED):
        return None
    try:
        # PostgreSQL's dialect also for SQLite: only this one reads `%s`, which Django uses for both.
        tree = sqlglot.parse_one(_shortened(text.replace("%%", "%")), dialect="postgres")
        return tree.transform(_normalised)
    except Exception:  # a text of the project's: whatever is wrong with it, it must not end a run
        return None


def _unnumbered(match: re.Match[str]) -> str:
    return f"{match[1]} ..." if match[1] else '"_django_curs_..."'


def _shortened(text: str) -> str:
    if len(text) > MAX_PARSED:
        while "%s, %s" in text:
            text = text.replace("%s, %s", "%s")
    return text


def _normalised(node: exp.Expr) -> exp.Expr:
    """Return a node of the tree with its list reduced to one element, or a placeholder for a literal."""
    if isinstance(node, exp.In | exp.Array) and node.expressions:
        node.set("expressions", [exp.var("...")])
    elif isinstance(node, exp.Values):
        node.set("expressions", [exp.Tuple(expressions=[exp.var("...")])])
    elif isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal)):
        return exp.var("?")
    return node
