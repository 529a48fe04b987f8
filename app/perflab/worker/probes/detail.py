"""Everything about the queries and cache operations of a request, and the line of the project's that asked for each.

It costs far more than what it looks at, and is therefore on in checks alone, which nobody measures.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns
from types import FrameType
from typing import Any

from perflab.worker.probes.cache import CacheProbe, Operation
from perflab.worker.probes.queries import BEGIN

# Whoever asks is none of these: Python's library, what was installed, and the lab.
OTHERS = tuple(
    str(Path(place).resolve())
    for place in {
        *(sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
        str(Path(__file__).parents[2]),
    }
)
DESCRIPTORS = ("related_descriptors.py", "related.py")
# What the lab put before the project's own keys: its run, the round, the cell.
OWN_PREFIX = re.compile(r"perflab:[0-9a-f]+:\d+:[^:]*:")


@dataclass(frozen=True, slots=True)
class Query:
    """One query. `rows` None: the database did not say. `source` is `path:line function`, from where the process works.

    `statement` is the text with its values, as it was sent; None for one that ran for many rows at once.
    """

    sql: str
    seconds: float
    rows: int | None
    source: str | None
    relation: str | None
    in_transaction: bool
    statement: str | None = None


def source_of(frame: FrameType | None, root: Path) -> tuple[str | None, str | None]:
    """Where in the project a call came from, and by which relation: the nearest frame of a file that is the project's own.

    A relation is known where Django followed one on the way: `marketplace.Payment.payer`.
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
    """The model and field of Django's descriptor of a relation; of the reverse side, the name that it has there."""
    field = getattr(descriptor, "field", None)
    related = getattr(descriptor, "related", None)
    if related is not None:
        return f"{related.model._meta.label}.{related.get_accessor_name()}"
    if field is not None and getattr(field, "model", None) is not None:
        return f"{field.model._meta.label}.{field.name}"
    return None


def below(path: Path, root: Path) -> str:
    """A path from the project's folder; of what lies elsewhere the name alone, for the page shows it to everybody."""
    try:
        return path.resolve().relative_to(root).as_posix()
    except ValueError:
        return path.name


@dataclass(frozen=True, slots=True)
class Noted:
    """What one request asked of the database and of its caches, in order."""

    queries: list[Query] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)


class Detail:
    """Notes what a request does between `begin` and `end`; at other times it is not there at all."""

    def __init__(self, connection: Any, cache: CacheProbe, root: Path | None = None) -> None:
        self._connection = connection
        self._cache = cache
        self._root = Path.cwd() if root is None else root
        self._noted = Noted()

    def begin(self) -> None:
        self._noted = Noted()
        self._connection.execute_wrappers.append(self._wrap)
        self._cache.note = self._operation

    def end(self) -> Noted:
        """What was noted. The sizes of entries are asked for now, after what the request left in a pipeline was sent."""
        self._connection.execute_wrappers.remove(self._wrap)
        self._cache.note = None
        for operation in self._noted.operations:
            if operation.name == "set":
                self._weigh(operation)
            operation.key = OWN_PREFIX.sub("", operation.key, count=1)
        return self._noted

    def _operation(self, operation: Operation) -> None:
        operation.source, _ = source_of(sys._getframe(1), self._root)
        operation.in_transaction = self._in_transaction()
        self._noted.operations.append(operation)

    def _weigh(self, operation: Operation) -> None:
        """Of several caches the one that holds the key knows its size."""
        for wrapped in self._cache.wrapped:
            if wrapped.weigh(operation):
                return

    def _in_transaction(self) -> bool:
        return bool(getattr(self._connection, "in_atomic_block", False))

    def _wrap(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if type(sql) is str else repr(sql)
        if text.startswith(BEGIN):
            return execute(sql, params, many, context)
        source, relation = source_of(sys._getframe(1), self._root)
        in_transaction = self._in_transaction()
        began = perf_counter_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds = (perf_counter_ns() - began) / 1e9
            rows = getattr(context.get("cursor"), "rowcount", None)
            known = rows if isinstance(rows, int) and rows >= 0 else None
            sent = None if many else self._connection.ops.last_executed_query(context["cursor"], sql, params)
            self._noted.queries.append(Query(text, seconds, known, source, relation, in_transaction, sent))
