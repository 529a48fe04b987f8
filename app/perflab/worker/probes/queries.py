"""Count queries with Django's own `execute_wrapper`, never with DEBUG (which keeps every query's text in a list).

BEGIN and COMMIT are not counted (Django sends BEGIN as a query to SQLite alone); savepoints are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic_ns
from typing import Any

from perflab.worker.probes.base import Probe

BEGIN = "BEGIN"


class QueryProbe(Probe):
    """Count this request's queries, those that repeat an SQL text, and the time they took.

    Inside the clocks a query costs two readings of the clock and the hash of its text; the rest is computed after the request.
    """

    __slots__ = ("_hashes", "_spans_ns", "wrapper")

    def __init__(self) -> None:
        self._hashes: list[int] = []
        self._spans_ns: list[int] = []
        #: Django calls it around each query.
        self.wrapper = _wrapper(self._hashes.append, self._spans_ns.append)

    def install(self, connection: Any) -> None:
        """Wrap the queries of one of Django's connections."""
        connection.execute_wrappers.append(self.wrapper)

    def start(self) -> None:
        """Begin a request."""
        self._hashes.clear()
        self._spans_ns.clear()

    def read(self) -> Mapping[str, int | float | None]:
        """Return the number of queries and of repeated ones, and their time."""
        return {
            "query_count": self.count,
            "duplicate_query_count": self.duplicates,
            "query_time_s": self.time_ns / 1e9,
        }

    @property
    def count(self) -> int:
        """Return the number of queries."""
        return len(self._hashes)

    @property
    def duplicates(self) -> int:
        """Return the number of queries whose text had already run in this request."""
        return len(self._hashes) - len(set(self._hashes))

    @property
    def time_ns(self) -> int:
        """Return the time that all queries took, in ns."""
        return sum(self._spans_ns)


def _wrapper(keep_hash: Callable[[int], None], keep_span: Callable[[int], None]) -> Callable[..., Any]:
    def wrapper(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        # A composed psycopg query is not a str; its repr distinguishes texts as well.
        text = sql if type(sql) is str else repr(sql)
        if text.startswith(BEGIN):
            return execute(sql, params, many, context)
        keep_hash(hash(text))
        began = monotonic_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            keep_span(monotonic_ns() - began)

    return wrapper


PROBE = QueryProbe
