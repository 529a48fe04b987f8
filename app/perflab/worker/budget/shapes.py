"""A query's text as the file and the diff show it: its fingerprint, without lists of columns and superfluous quotes."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlglot import ErrorLevel, exp

from perflab import units
from perflab.analysis.database.fingerprint import fingerprint, tree_of
from perflab.errors import clean

MAX_LENGTH = 300
MAX_COLUMNS = 3  # of an UPDATE: save() writes all of a model's
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@lru_cache(maxsize=4096)
def shape(sql: str) -> str:
    """Return a query's text on one line without values: `SELECT ... FROM book WHERE author_id = ?`.

    Columns that are only read are not listed, so that a new field of a model changes no file. Texts that sqlglot cannot parse
    are kept as they are, on one line. Costs 2 ms for a text not seen before.

    Args:
        sql: The text as Django passes it to the database driver.
    """
    tree = tree_of(sql.replace("`", '"'))  # MySQL quotes names by backticks, which the parser does not read
    if tree is None:
        return printable(fingerprint(sql))
    tables = {table.name for table in tree.find_all(exp.Table)}
    try:
        short = tree.transform(_shortened, single=len(tables) == 1)
        return printable(short.sql(dialect="postgres", comments=False, unsupported_level=ErrorLevel.IGNORE))
    except Exception:  # the project's text: whatever is wrong with it, it must not end a test
        return printable(fingerprint(sql))


def printable(text: str, longest: int = MAX_LENGTH) -> str:
    """Return a text on one line, without control characters.

    Args:
        text: The text.
        longest: It is cut to so many characters.
    """
    return units.cut(clean(text[: 4 * longest]), longest)


def _shortened(node: exp.Expr, single: bool) -> exp.Expr:
    if isinstance(node, exp.Select):
        columns = [each for each in node.expressions if not isinstance(each, exp.Column)]
        if len(columns) < len(node.expressions):
            node.set("expressions", [exp.var("..."), *columns])
    elif isinstance(node, exp.Insert) and isinstance(node.this, exp.Schema):
        node.set("this", node.this.this)
    elif isinstance(node, exp.Update) and len(node.expressions) > MAX_COLUMNS:
        node.set("expressions", [exp.var("...")])
    elif isinstance(node, exp.Placeholder):
        return exp.var("?")
    elif isinstance(node, exp.Column) and single:
        node.set("table", None)
    elif isinstance(node, exp.Identifier) and _PLAIN.fullmatch(node.name):
        node.set("quoted", False)
    return node
