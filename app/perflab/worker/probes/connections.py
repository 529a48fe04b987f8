"""All of Django's connections in this process, of every alias and thread; and how many of them a request opens.

Django tells when a connection was opened (`connection_created`); that costs 2 µs, in a request that opens one, which takes
milliseconds.
"""

from __future__ import annotations

import traceback
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from perflab.worker.probes.base import Probe


class Observer(Protocol):
    """What is told of connections."""

    def attach(self, connection: Any) -> None:
        """Observe a connection that is open now; called in the thread that opened it."""
        ...

    def detach(self, connection: Any) -> None:
        """End observing a connection, which closes right after."""
        ...


class Connections:
    """Know every connection that was opened since `watch`, in whichever thread."""

    def __init__(self) -> None:
        self._known: list[weakref.ref[Any]] = []
        self._observers: list[Observer] = []

    def watch(self) -> None:
        """Let Django tell of each connection that opens. A second call lets it tell the project's own receivers first.

        They may set a connection up, which is no part of the request.
        """
        from django.db.backends.signals import connection_created

        connection_created.disconnect(self._created)
        connection_created.connect(self._created, weak=False)

    def _created(self, connection: Any, **kwargs: Any) -> None:
        self.opened(connection)

    def opened(self, connection: Any) -> None:
        """Attach all observers to a connection that has just been opened; it may be one that was closed meanwhile."""
        if not isinstance(vars(connection).get("_close"), _Closing):
            self._known.append(weakref.ref(connection, self._forget))
            connection._close = _Closing(connection._close, weakref.ref(connection), self._closes)
        for observer in tuple(self._observers):
            _call(observer.attach, connection)

    def _closes(self, connection: Any) -> None:
        for observer in tuple(self._observers):
            _call(observer.detach, connection)

    def _forget(self, reference: weakref.ref[Any]) -> None:
        with suppress(ValueError):
            self._known.remove(reference)

    def add(self, observer: Observer) -> None:
        """Let an observer see each connection: those that are open now, and those that open later."""
        self._observers.append(observer)
        for connection in self.all():
            if connection.connection is not None:
                _call(observer.attach, connection)

    def remove(self, observer: Observer) -> None:
        """Let an observer see no connection any more."""
        self._observers.remove(observer)
        for connection in self.all():
            _call(observer.detach, connection)

    def all(self) -> list[Any]:
        """Return all connections that still exist, open or closed."""
        return [connection for reference in tuple(self._known) if (connection := reference()) is not None]


class _Closing:
    """A connection's own `_close`, which tells of it first."""

    __slots__ = ("_close", "_connection", "_tell")

    def __init__(self, close: Callable[[], Any], connection: weakref.ref[Any], tell: Callable[[Any], None]) -> None:
        self._close = close
        self._connection = connection
        self._tell = tell

    def __call__(self) -> Any:
        connection = self._connection()
        if connection is not None and connection.connection is not None:
            self._tell(connection)
        return self._close()


def _call(tell: Callable[[Any], None], connection: Any) -> None:
    try:
        tell(connection)
    except Exception:  # never the project's: its request goes on without being observed
        traceback.print_exc()


def wrapped_by(connection: Any, wrapper: Callable[..., Any]) -> None:
    """Let a wrapper see all queries of a connection, as the first one: the project's own come off in the order of a stack."""
    if wrapper not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, wrapper)


def unwrapped(connection: Any, wrapper: Callable[..., Any]) -> None:
    """Take a wrapper off a connection, if it is there."""
    if wrapper in connection.execute_wrappers:
        connection.execute_wrappers.remove(wrapper)


def publish_counters() -> None:
    """Make the backends of this thread's connections publish their statistics (PostgreSQL 15 and later).

    A connection within a transaction is left alone, and no transaction is left open: the project may have turned autocommit off.
    """
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        raw = connection.connection
        if connection.vendor != "postgresql" or raw is None or connection.in_atomic_block:
            continue
        # an older server has no such function; a connection that is gone is the project's to notice
        with suppress(Exception):
            if connection.autocommit:
                with raw.cursor() as cursor:
                    cursor.execute("SELECT pg_stat_force_next_flush()")


class ConnectionProbe(Probe):
    """Count the database connections that a request opens, in all threads."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: list[None] = []  # appending is safe in threads, adding to a number is not

    def install(self, connection: Any) -> None:
        """Do nothing: `attach` is told of each connection."""

    def attach(self, connection: Any) -> None:
        """Count a connection."""
        self._opened.append(None)

    def start(self) -> None:
        """Begin a request."""
        self._opened.clear()

    def read(self) -> Mapping[str, int | float | None]:
        """Return how many connections were opened."""
        return {"connects": len(self._opened)}


PROBE = ConnectionProbe
