"""Records every query and cache operation of a request, with the line of the project's code that made it.

Recording costs far more than what it records, and is therefore on during checks alone, which are not measured.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic_ns
from types import FrameType
from typing import Any

from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.operation import Operation
from perflab.worker.probes.queries import BEGIN

# Not the project's own code: Python's library, installed packages, and perflab.
OTHERS = tuple(
    str(Path(place).resolve())
    for place in {
        *(sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
        str(Path(__file__).parents[2]),
    }
)
DESCRIPTORS = ("related_descriptors.py", "related.py")
# The prefix that perflab puts before the project's own keys: its run, the round, the cell.
OWN_PREFIX = re.compile(r"perflab:[0-9a-f]+:\d+:[^:]*:")


@dataclass(frozen=True, slots=True)
class Query:
    """Record one query.

    Attributes:
        sql: The text with placeholders.
        seconds: How long it took.
        rows: Number of rows; None if the database did not report it.
        source: `path:line function` in the project, relative to the working directory, or None.
        relation: The relation that Django followed, as `app.Model.field`, or None.
        statement: The text with its values, as it was sent; None for one that ran for many rows at once.
    """

    sql: str
    seconds: float
    rows: int | None
    source: str | None
    relation: str | None
    statement: str | None = None


def source_of(frame: FrameType | None, root: Path) -> tuple[str | None, str | None]:
    """Return the project's source line that made a call, and the relation that Django followed on the way.

    The source is the nearest frame of a file of the project's own. A relation is written as `marketplace.Payment.payer`.

    Args:
        frame: The innermost frame.
        root: The project's folder.
    """
    relation = None
    while frame is not None:
        name = frame.f_code.co_filename
        if relation is None and name.endswith(DESCRIPTORS):
            relation = _relation(frame.f_locals.get("self"))
        if not name.startswith(("<", *OTHERS)):
            return f"{below(Path(name), root)}:{frame.f_lineno} {frame.f_code.co_name}", relation
        frame = frame.f_back
    return None, relation


def _relation(descriptor: Any) -> str | None:
    """Return the model and field of Django's descriptor of a relation; of the reverse side, the name that it has there."""
    field = getattr(descriptor, "field", None)
    related = getattr(descriptor, "related", None)
    if related is not None:
        return f"{related.model._meta.label}.{related.get_accessor_name()}"
    if field is not None and getattr(field, "model", None) is not None:
        return f"{field.model._meta.label}.{field.name}"
    return None


def below(path: Path, root: Path) -> str:
    """Return a path relative to the project's folder; of a file elsewhere its name alone, because the page is public."""
    try:
        return path.resolve().relative_to(root).as_posix()
    except ValueError:
        return path.name


@dataclass(frozen=True, slots=True)
class Recorded:
    """Hold the queries and cache operations of one request, in order."""

    queries: list[Query] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)


class Recorder:
    """Record queries and cache operations between `begin` and `end`; at other times it is not installed.

    Args:
        connection: Django's default connection.
        cache: The probe of the caches.
        root: The project's folder; the working directory by default.
    """

    def __init__(self, connection: Any, cache: CacheProbe, root: Path | None = None) -> None:
        self._connection = connection
        self._cache = cache
        self._root = Path.cwd() if root is None else root
        self._recorded = Recorded()

    def begin(self) -> None:
        """Start to record a request."""
        self._recorded = Recorded()
        self._connection.execute_wrappers.append(self._wrap)
        self._cache.record = self._operation

    def end(self) -> Recorded:
        """Return what was recorded. The sizes of entries are read now, after the request's pipelines were sent."""
        self._connection.execute_wrappers.remove(self._wrap)
        self._cache.record = None
        for operation in self._recorded.operations:
            if operation.name == "set":
                self._weigh(operation)
            operation.key = OWN_PREFIX.sub("", operation.key, count=1)
        return self._recorded

    def _operation(self, operation: Operation) -> None:
        operation.source, _ = source_of(sys._getframe(1), self._root)
        operation.in_transaction = bool(getattr(self._connection, "in_atomic_block", False))
        self._recorded.operations.append(operation)

    def _weigh(self, operation: Operation) -> None:
        """Read the size of an entry from the cache that holds its key."""
        for wrapped in self._cache.wrapped:
            if wrapped.weigh(operation):
                return

    def _wrap(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if type(sql) is str else repr(sql)
        if text.startswith(BEGIN):
            return execute(sql, params, many, context)
        source, relation = source_of(sys._getframe(1), self._root)
        began = monotonic_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds = (monotonic_ns() - began) / 1e9
            rows = getattr(context.get("cursor"), "rowcount", None)
            row_count = rows if isinstance(rows, int) and rows >= 0 else None
            sent = None if many else self._connection.ops.last_executed_query(context["cursor"], sql, params)
            self._recorded.queries.append(Query(text, seconds, row_count, source, relation, sent))
