"""The statements that ask the database for the time get the trace's.

The text of a statement changes between Django's cursor and the driver, where nobody sees it: what is counted, recorded and
explained is the project's own text. On PostgreSQL the moment itself stands in the place of the function, so that the planner
estimates with it, as it does with now(), and no setting of the session is needed that a project could lose. On SQLite it is a
function of perflab's, so that the text, by which SQLite keeps prepared statements, stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from perflab.worker.clock.trace import ShownClock

# What is not read: literals, quoted names, comments.
_OPAQUE = r"""
    [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$
"""
POSTGRESQL = re.compile(
    _OPAQUE
    + r"""
    | (?<![\w.$"]) (?:
        (?:pg_catalog\s*\.\s*)? (?P<call>now|statement_timestamp|transaction_timestamp|clock_timestamp) \s*\(\s*\)
      | (?P<word>current_timestamp|current_date|current_time|localtimestamp|localtime) (?:\s*\(\s*(?P<digits>\d)\s*\))? (?![\w(])
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
# A time value may be the first argument, or the second one of strftime and timediff.
SQLITE = re.compile(
    r"\b(?P<call>date|time|datetime|julianday|unixepoch|strftime|timediff)(?P<before>\s*\((?:\s*'[^']*'\s*,)?\s*)'now'",
    re.IGNORECASE,
)
SQLITE_NOW = "perflab_now"
# Input of a date or time that means the current one; only its text says so, and it is left as it is.
_NAMED_INPUT = re.compile(
    r"'(?:now|today|tomorrow|yesterday)'\s*::|\b(?:timestamp|timestamptz|date|time)\s*'(?:now|today)'", re.IGNORECASE
)
TYPES = {
    "current_date": "date",
    "current_time": "timetz",
    "localtime": "time",
    "localtimestamp": "timestamp",
}
# Texts that were looked at; a project that writes values into its texts makes new ones without end.
MAX_TEXTS, MAX_LENGTH = 2_000, 20_000


class SqlClock:
    """Gives statements the time of the trace.

    A statement that was seen before and asks for no time costs 0.2 µs.

    Args:
        clock: The time of the trace.
        unmoved: Called with a statement that asks for the time in a way that is left as it is.
    """

    def __init__(self, clock: ShownClock, unmoved: Callable[[str], None] = lambda sql: None) -> None:
        self._clock = clock
        self._unmoved = unmoved
        self._texts: dict[str, str | tuple[str, ...] | None] = {}

    def install(self) -> None:
        """Change what every cursor of Django's sends, on every connection."""
        from django.db.backends import utils

        wrapper: Any = utils.CursorWrapper
        execute, executemany = wrapper._execute, wrapper._executemany

        def one(cursor: Any, sql: Any, params: Any, *others: Any) -> Any:
            return execute(cursor, self.text(cursor.db, sql), params, *others)

        def many(cursor: Any, sql: Any, params: Any, *others: Any) -> Any:
            return executemany(cursor, self.text(cursor.db, sql), params, *others)

        wrapper._execute, wrapper._executemany = one, many

    def text(self, connection: Any, sql: Any) -> Any:
        """Return the statement as it is sent.

        Args:
            connection: Django's connection.
            sql: The statement, as text or as an object of psycopg's.
        """
        if type(sql) is not str:
            if not hasattr(sql, "as_string") or connection.vendor != "postgresql":
                return sql
            text = sql.as_string(connection.connection)
            moved = self.text(connection, text)
            return sql if moved is text else moved
        texts = self._texts
        if sql in texts:
            parts = texts[sql]
        else:
            parts = self._parts(connection.vendor, sql)
            if len(sql) <= MAX_LENGTH:
                if len(texts) >= MAX_TEXTS:
                    texts.clear()
                texts[sql] = parts
        if parts is None:
            return sql
        return parts if isinstance(parts, str) else f"'{self._clock.moment.isoformat()}'::timestamptz".join(parts)

    def _parts(self, vendor: str, sql: str) -> str | tuple[str, ...] | None:
        """Return what stands around the moments in a statement, its text where that is always the same, or None to leave it."""
        if vendor == "sqlite":
            text, moved = SQLITE.subn(rf"\g<call>\g<before>{SQLITE_NOW}()", sql)
            return text if moved else None
        if vendor != "postgresql":
            return None
        if _NAMED_INPUT.search(sql):
            self._unmoved(sql)
        parts, end = [""], 0
        for match in POSTGRESQL.finditer(sql):
            before, after = _around(match)
            if before is not None:
                parts[-1] += sql[end : match.start()] + before
                parts.append(f'{after} AS "{_name(match)}"' if _is_column(sql, match) else after)
                end = match.end()
        parts[-1] += sql[end:]
        return tuple(parts) if len(parts) > 1 else None


def _around(match: re.Match[str]) -> tuple[str | None, str]:
    """Return what stands before and after the moment in the place of a function; None, "" for what is opaque."""
    if match["call"]:
        return "(", ")"
    if not match["word"]:
        return None, ""
    word, digits = match["word"].lower(), f"({match['digits']})" if match["digits"] else ""
    kind = TYPES.get(word, "timestamptz")
    return "(", f"::{kind}{digits})" if kind != "timestamptz" or digits else ")"


def _name(match: re.Match[str]) -> str:
    """Return the name of the function, which is also that of a column without another one."""
    return (match["call"] or match["word"] or "").lower()


def _is_column(sql: str, match: re.Match[str]) -> bool:
    """Say whether the function is a whole column of the outermost SELECT, without a name of its own."""
    before, after = sql[: match.start()].strip().lower(), sql[match.end() :].strip().lower()
    return (
        before.startswith("select")
        and before.count("(") == before.count(")")
        and " from " not in before
        and before.endswith(("select", ",", "distinct"))
        and (not after or after.startswith((",", ";", "from")))
    )


def postgresql_functions(sql: str, schema: str) -> str:
    """Return a text of the database's own, such as a view's, with functions of a schema in the place of PostgreSQL's.

    Args:
        sql: The text.
        schema: The schema of the functions, which have the names of PostgreSQL's.
    """

    def replaced(match: re.Match[str]) -> str:
        name = _name(match)
        if not name:
            return match[0]
        call = f'{schema}."{name}"()'
        return f"({call}::{TYPES.get(name, 'timestamptz')}({match['digits']}))" if match["digits"] else call

    return POSTGRESQL.sub(replaced, sql)
