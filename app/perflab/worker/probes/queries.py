"""Counts queries with Django's own `execute_wrapper`, never with DEBUG (which keeps every query's text in a list).

BEGIN and COMMIT are not counted: only to SQLite does Django send its BEGIN as it sends a query. Savepoints are.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

BEGIN = "BEGIN"


class QueryProbe:
    """How many queries this request made, how many of them repeated an SQL text, and how long they took.

    Inside the clocks a query costs two readings of the clock and the hash of its text; all else is found after the request.
    """

    __slots__ = ("_hashes", "_spans_ns", "wrapper")

    def __init__(self) -> None:
        self._hashes: list[int] = []
        self._spans_ns: list[int] = []
        #: What Django calls around each query.
        self.wrapper = _wrapper(self._hashes.append, self._spans_ns.append)

    def install(self, connection: Any) -> None:
        connection.execute_wrappers.append(self.wrapper)

    def start(self) -> None:
        self._hashes.clear()
        self._spans_ns.clear()

    @property
    def count(self) -> int:
        return len(self._hashes)

    @property
    def duplicates(self) -> int:
        return len(self._hashes) - len(set(self._hashes))

    @property
    def time_ns(self) -> int:
        return sum(self._spans_ns)


def _wrapper(keep_hash: Callable[[int], None], keep_span: Callable[[int], None]) -> Callable[..., Any]:
    def wrapper(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        # A composed psycopg query is not a str; its repr serves as well for telling texts apart.
        text = sql if type(sql) is str else repr(sql)
        if text.startswith(BEGIN):
            return execute(sql, params, many, context)
        keep_hash(hash(text))
        began = perf_counter_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            keep_span(perf_counter_ns() - began)

    return wrapper
