"""Count queries with Django's own `execute_wrapper`, never with DEBUG (which keeps every query's text in a list).

BEGIN and COMMIT are not counted (Django sends BEGIN as a query to SQLite alone); savepoints are. Nor is what a connection sends
while it is being set up. Queries of all connections and threads count; appending to a list is safe in threads.

What Django's wrappers do not see (a cursor of the driver's own) is found by comparing `Tally` with the server's count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sized
from time import monotonic_ns, thread_time_ns
from typing import Any

from perflab.worker.probes.base import Probe
from perflab.worker.probes.connections import unwrapped, wrapped_by

BEGIN = "BEGIN"
# What neither side of the comparison counts: transactions, a cursor's further rows, a session's settings.
NOT_COMPARED = (
    "BEGIN", "START ", "COMMIT", "END", "ROLLBACK", "ABORT", "FETCH", "MOVE", "CLOSE", "SET ", "RESET ", "SHOW ",
    "SELECT SET_CONFIG(", "DEALLOCATE", "DISCARD",
)  # fmt: skip
LONGEST = max(map(len, NOT_COMPARED))


def is_compared(sql: str) -> bool:
    """Return whether a statement counts where the worker's and the server's counts are compared."""
    return not sql[: 2 * LONGEST].lstrip().upper().startswith(NOT_COMPARED)


class Tally:
    """Count the statements that were sent through Django, to compare them with the server's count. Outside the clocks."""

    __slots__ = ("_count", "_more")

    def __init__(self) -> None:
        self._count = 0
        self._more: list[int | None] = []

    def add(self, texts: Iterable[str]) -> None:
        """Count statements."""
        self._count += sum(map(is_compared, texts))

    def more(self, params: object) -> None:
        """Count the further statements of an `executemany`: one for each set of parameters. Inside the clocks, 0.1 µs."""
        self._more.append(len(params) - 1 if isinstance(params, Sized) else None)

    def one_more(self) -> None:
        """Count a statement that Django sends past its own wrappers: a health check."""
        self._more.append(1)

    def take(self) -> int | None:
        """Return the number of statements since the last call; None where it is unknown: a generator of parameters."""
        count, more = self._count, tuple(self._more)
        self._count = 0
        self._more.clear()
        counted = [number for number in more if number is not None]
        return count + sum(counted) if len(counted) == len(more) else None


class QueryProbe(Probe):
    """Count this request's queries, those that repeat an SQL text, their time, and the application's CPU time in them.

    Inside the clocks a query costs two readings of two clocks, 0.6 µs; the rest is computed after the request.
    """

    __slots__ = ("_cpu_ns", "_spans_ns", "_texts", "tally", "wrapper")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._spans_ns: list[int] = []
        self._cpu_ns: list[int] = []
        self.tally = Tally()
        #: Django calls it around each query.
        self.wrapper = _wrapper(self._texts.append, self._spans_ns.append, self._cpu_ns.append, self.tally.more)

    def install(self, connection: Any) -> None:
        """Do nothing: `attach` is told of each connection."""

    def attach(self, connection: Any) -> None:
        """Wrap the queries of one of Django's connections until it closes: setting it up again is no query of a request."""
        wrapped_by(connection, self.wrapper)
        if not isinstance(vars(connection).get("is_usable"), _HealthCheck):
            connection.is_usable = _HealthCheck(connection.is_usable, self.tally.one_more)

    def detach(self, connection: Any) -> None:
        """Take the wrapper off a connection."""
        unwrapped(connection, self.wrapper)

    def start(self) -> None:
        """Begin a request."""
        self.tally.add(self._texts)
        self._texts.clear()
        self._spans_ns.clear()
        self._cpu_ns.clear()

    def sent(self) -> int | None:
        """Return how many statements were sent through Django since the last call, in requests and between them."""
        self.start()
        return self.tally.take()

    def read(self) -> Mapping[str, int | float | None]:
        """Return the number of queries and of repeated ones, their time, and the CPU time of the threads that made them."""
        return {
            "query_count": self.count,
            "duplicate_query_count": self.duplicates,
            "query_time_s": self.time_ns / 1e9,
            "query_app_cpu_s": sum(self._cpu_ns) / 1e9,
        }

    @property
    def count(self) -> int:
        """Return the number of queries."""
        return len(self._texts)

    @property
    def duplicates(self) -> int:
        """Return the number of queries whose text had already run in this request."""
        return len(self._texts) - len(set(self._texts))

    @property
    def time_ns(self) -> int:
        """Return the time that all queries took, in ns; those of several threads overlap, and are added up."""
        return sum(self._spans_ns)


class _HealthCheck:
    """A connection's own `is_usable` (CONN_HEALTH_CHECKS), which sends a statement by the driver's cursor."""

    __slots__ = ("_check", "_count")

    def __init__(self, check: Callable[[], bool], count: Callable[[], None]) -> None:
        self._check = check
        self._count = count

    def __call__(self) -> bool:
        self._count()
        return self._check()


def _wrapper(
    keep_text: Callable[[str], None],
    keep_span: Callable[[int], None],
    keep_cpu: Callable[[int], None],
    keep_many: Callable[[object], None],
) -> Callable[..., Any]:
    def wrapper(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        # A composed psycopg query is not a str; its repr distinguishes texts as well.
        text = sql if type(sql) is str else repr(sql)
        if text.startswith(BEGIN):
            return execute(sql, params, many, context)
        keep_text(text)
        if many:
            keep_many(params)
        began, began_cpu = monotonic_ns(), thread_time_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            keep_cpu(thread_time_ns() - began_cpu)
            keep_span(monotonic_ns() - began)

    return wrapper


PROBE = QueryProbe
