"""Records every query and cache operation of a request, with the line of the project's code that made it.

Recording costs far more than what it records, and is therefore on during checks alone, which are not measured.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic_ns
from typing import Any

from perflab.servers.database import SQLITE
from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.cache.counters import is_counted, snapshot
from perflab.worker.probes.cache.keys import OWN_PREFIX
from perflab.worker.probes.cache.weighing import weigh
from perflab.worker.probes.connections import Connections, unwrapped, wrapped_by
from perflab.worker.probes.operation import Operation
from perflab.worker.probes.queries import BEGIN, is_compared
from perflab.worker.probes.source import source_of

# As Django's own cursor for SQLite finds the places of values.
PLACEHOLDER = re.compile(r"(?<!%)%s")
# Of a statement that Django did not send.
MAX_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """Record one query.

    Attributes:
        sql: The text with placeholders.
        seconds: How long it took.
        rows: Number of rows; None if the database did not report it.
        source: `path:line function` in the project, relative to the working directory, or None; see `source_of`.
        relation: The relation that Django followed, as `app.Model.field`, or None.
        statement: The text with its values, as it was sent; None for one that ran for many rows at once, in a database that is
            not `default`'s, or that cannot be told.
    """

    sql: str
    seconds: float
    rows: int | None
    source: str | None
    relation: str | None
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Hold the queries and cache operations of one request, in order.

    `bypassing` are statements that Django did not send, as SQLite tells them; another database's are not known here.
    """

    queries: list[Query] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    bypassing: list[str] = field(default_factory=list)


class Recorder:
    """Record queries and cache operations between `begin` and `end`, of all connections; at other times it is not installed.

    It must not change what a request does: whatever its own look at a statement meets, the request goes on.

    Args:
        connections: Django's connections.
        cache: The probe of the caches.
        root: The project's folder; the working directory by default.
    """

    def __init__(self, connections: Connections, cache: CacheProbe, root: Path | None = None) -> None:
        self._connections = connections
        self._cache = cache
        self._root = Path.cwd() if root is None else root
        self._recorded = Recorded()
        self._values: dict[str, Any] = {}  # what the request found, by its key
        self._through_django = threading.local()

    def begin(self) -> None:
        """Start to record a request."""
        self._recorded = Recorded()
        self._values = {}
        self._connections.add(self)
        self._cache.record = self._operation

    def end(self) -> Recorded:
        """Return what was recorded. The sizes of entries are read now, after the request's pipelines were sent."""
        self._connections.remove(self)
        self._cache.record = None
        self._values = {}
        for operation in self._recorded.operations:
            if operation.name == "set":
                self._weigh(operation)
            operation.key = OWN_PREFIX.sub("", operation.key, count=1)
        return self._recorded

    def attach(self, connection: Any) -> None:
        """Record the queries of a connection."""
        wrapped_by(connection, self._wrap)
        self._trace(connection, self._traced)

    def detach(self, connection: Any) -> None:
        """Record the queries of a connection no more."""
        unwrapped(connection, self._wrap)
        self._trace(connection, None)

    @staticmethod
    def _trace(connection: Any, callback: Callable[[str], None] | None) -> None:
        """Let SQLite tell of each statement: it has no server that counts them."""
        if getattr(connection, "vendor", None) == SQLITE and connection.connection is not None:
            connection.connection.set_trace_callback(callback)

    def _traced(self, statement: str) -> None:
        if not getattr(self._through_django, "now", False) and is_compared(statement):
            self._recorded.bypassing.append(storable(statement[:MAX_LENGTH]))

    def _operation(self, operation: Operation, value: Any) -> None:
        operation.source, _ = self._source()
        if operation.hit:
            self._values[operation.key] = snapshot(value)
        elif operation.name == "set":
            operation.counts = operation.key in self._values and is_counted(
                operation.key, self._values[operation.key], value
            )
        operation.in_transaction = any(map(_in_transaction, self._connections.all()))
        self._recorded.operations.append(operation)

    def _weigh(self, operation: Operation) -> None:
        """Read the size of an entry from the cache that holds its key."""
        for counting in self._cache.wrapped.values():
            if weigh(counting.cache, operation):
                return

    def _source(self) -> tuple[str | None, str | None]:
        try:
            return source_of(sys._getframe(2), self._root)
        except Exception:  # an object of the project's that fails when its attributes are read
            return None, None

    def _wrap(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if type(sql) is str else repr(sql)
        if text.startswith(BEGIN):
            return execute(sql, params, many, context)
        source, relation = self._source()
        self._through_django.now = True
        began = monotonic_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds = (monotonic_ns() - began) / 1e9
            rows, sent = _rows_of(context), None if many else statement_of(context, sql, params)
            self._through_django.now = False
            self._recorded.queries.append(
                Query(storable(text), seconds, rows, source, relation, sent and storable(sent))
            )


def _in_transaction(connection: Any) -> bool:
    return bool(getattr(connection, "in_atomic_block", False))


def _rows_of(context: Mapping[str, Any]) -> int | None:
    """Return the number of rows that the driver reports; None where it reports none."""
    try:
        rows = context["cursor"].rowcount
    except Exception:
        return None
    return rows if isinstance(rows, int) and rows >= 0 else None


def storable(text: str) -> str:
    """Return a text that can be stored: half a surrogate pair becomes a question mark."""
    return text.encode(errors="replace").decode()


def statement_of(context: Mapping[str, Any], sql: Any, params: Any) -> str | None:
    """Return the text of a query with its values; None where that cannot be told, or the plan would be of another database.

    Args:
        context: What Django gives a wrapper: the connection and the cursor.
        sql: The text with placeholders.
        params: The values.
    """
    try:
        connection = context["connection"]
        if not _is_default(connection):
            return None
        try:
            sent = connection.ops.last_executed_query(context["cursor"], sql, params)
        except (
            Exception
        ):  # Django formats the text with `%`, which any other per cent sign in it breaks; SQLite's cursor does not
            quoted = connection.ops._quote_params_for_last_executed_query(params)
            return _filled(sql, quoted) if isinstance(params, list | tuple) else None
        return None if sent is None else str(sent)
    except Exception:
        return None


def _is_default(connection: Any) -> bool:
    """Return whether a connection is to the database of `default`: plans are read there."""
    from django.db import connections

    name, default = (entry["NAME"] for entry in (connection.settings_dict, connections.settings["default"]))
    return bool(name == default)


def _filled(sql: str, quoted: Sequence[str]) -> str:
    """Return SQL with its values, placed as Django's cursor for SQLite places them."""
    first, *others = PLACEHOLDER.split(sql)
    filled = first + "".join(value + text for value, text in zip(quoted, others, strict=True))
    return filled.replace("%%", "%")
