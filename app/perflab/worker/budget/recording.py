"""The queries of a block of code, on all aliases and in all threads, with the project's lines that sent them."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from perflab.worker.probes.connections import Connections, unwrapped, wrapped_by
from perflab.worker.probes.source import source_of

# A test may itself run within a transaction, where the project's transactions are savepoints: the count is the same in both.
TRANSACTIONS = ("BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT")
_CONNECTIONS = Connections()


@dataclass
class Recording:
    """The queries that a block of code sent.

    Attributes:
        root: The project's folder, which lines are shown relative to.
        queries: For each query its alias, its text, and the line that sent it; None where there is none.
    """

    root: Path
    queries: list[tuple[str, str, str | None]] = field(default_factory=list)

    def attach(self, connection: Any) -> None:
        """Record the queries of a connection."""
        wrapped_by(connection, self._wrap)

    def detach(self, connection: Any) -> None:
        """Record the queries of a connection no more."""
        unwrapped(connection, self._wrap)

    def _wrap(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if type(sql) is str else repr(sql)
        if not text[:40].lstrip().upper().startswith(TRANSACTIONS):
            try:
                source, _ = source_of(sys._getframe(1), self.root)
            except Exception:  # an object of the project's that fails when its attributes are read
                source = None
            self.queries.append((context["connection"].alias, text, source))
        return execute(sql, params, many, context)

    def by_alias(self) -> Counter[str]:
        """Return the number of queries of each alias."""
        return Counter(alias for alias, _, _ in self.queries)


@contextmanager
def recorded(root: Path) -> Iterator[Recording]:
    """Record the queries of a block of code; costs about 20 µs for each, and 50 ms for the first block of a process.

    Args:
        root: The project's folder.
    """
    _watch()
    recording = Recording(root)
    _CONNECTIONS.add(recording)
    try:
        yield recording
    finally:
        _CONNECTIONS.remove(recording)


@cache
def _watch() -> None:
    """Observe all connections from now on, and those that are open: a thread of asgiref's keeps its own from test to test."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    _CONNECTIONS.watch()
    for each in gc.get_objects():
        # not isinstance, which would evaluate the project's lazy objects
        if issubclass(type(each), BaseDatabaseWrapper) and each.connection is not None:
            _CONNECTIONS.opened(each)


def forget_rows_of_the_process() -> None:
    """Empty the caches of content types and sites that Django keeps in a process.

    Otherwise a count would depend on which tests ran before. Sends no query.
    """
    from django.apps import apps

    for label, name in (("contenttypes", "ContentType"), ("sites", "Site")):
        if apps.is_installed(f"django.contrib.{label}"):
            apps.get_model(label, name).objects.clear_cache()
