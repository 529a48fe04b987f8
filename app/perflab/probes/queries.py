"""Counts queries with Django's own `execute_wrapper`, never with DEBUG (which keeps every query's text in a list).

BEGIN, COMMIT and savepoints do not pass through it and are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any


class QueryProbe:
    """How many queries this request made, how many of them repeated an SQL text, and how long they took.

    Inside the clocks a query's text is only kept (0.4 us a query, with both readings of the clock); texts are compared when
    they are asked about, after the request.
    """

    __slots__ = ("_texts", "time_ns")

    def __init__(self) -> None:
        self._texts: list[Any] = []
        self.time_ns = 0

    def install(self, connection: Any) -> None:
        connection.execute_wrappers.append(self)

    def start(self) -> None:
        self._texts.clear()
        self.time_ns = 0

    @property
    def count(self) -> int:
        return len(self._texts)

    @property
    def duplicates(self) -> int:
        # A composed psycopg query is not a str; its repr serves as well for telling texts apart.
        return len(self._texts) - len({text if type(text) is str else repr(text) for text in self._texts})

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        self._texts.append(sql)
        began = perf_counter_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            self.time_ns += perf_counter_ns() - began
