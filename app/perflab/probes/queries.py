"""Counts queries with Django's own `execute_wrapper`, never with DEBUG (which keeps every query's text in a list).

BEGIN, COMMIT and savepoints do not pass through it and are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any


class QueryProbe:
    """How many queries this request made, how many of them repeated an SQL text, and how long they took."""

    __slots__ = ("_texts", "count", "duplicates", "time_ns")

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self.count = 0
        self.duplicates = 0
        self.time_ns = 0

    def install(self, connection: Any) -> None:
        connection.execute_wrappers.append(self)

    def start(self) -> None:
        self._texts.clear()
        self.count = 0
        self.duplicates = 0
        self.time_ns = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        # A composed psycopg query is not a str; its repr serves as well for telling texts apart.
        text = sql if type(sql) is str else repr(sql)
        if text in self._texts:
            self.duplicates += 1
        else:
            self._texts.add(text)
        began = perf_counter_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            self.time_ns += perf_counter_ns() - began
