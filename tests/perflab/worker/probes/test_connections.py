"""Connections of every alias and thread."""

from __future__ import annotations

import gc
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.backends.signals import connection_created

from perflab.worker.probes.connections import ConnectionProbe, Connections, unwrapped, wrapped_by


class Connection:
    """As much of Django's connection as is observed."""

    vendor = "postgresql"

    def __init__(self) -> None:
        self.connection: Any = object()
        self.execute_wrappers: list[Any] = []

    def _close(self) -> str:
        return "closed"


class Observer:
    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    def attach(self, connection: Any) -> None:
        self.events.append(("opened", connection))

    def detach(self, connection: Any) -> None:
        self.events.append(("closes", connection))


def test_an_observer_is_told_of_what_is_open_what_opens_and_what_closes() -> None:
    connections, observer = Connections(), Observer()
    first, second, third = Connection(), Connection(), Connection()
    connections.opened(first)
    connections.opened(third)
    third.connection = None
    connections.add(observer)
    connections.opened(second)
    assert observer.events == [("opened", first), ("opened", second)]
    assert first._close() == "closed"
    assert observer.events[2:] == [("closes", first)]
    first.connection = None
    first._close()
    assert len(observer.events) == 3, "it is closed already"
    first.connection = object()
    connections.opened(first)
    assert observer.events[3:] == [("opened", first)]
    connections.remove(observer)
    connections.opened(second)
    assert [kind for kind, _ in observer.events[4:]] == ["closes"] * 3, "one that leaves leaves all of them"


def test_a_connection_that_is_gone_is_forgotten() -> None:
    connections = Connections()
    connections.opened(Connection())
    gc.collect()
    assert connections.all() == []


def test_an_observer_that_fails_breaks_no_request(capsys: pytest.CaptureFixture[str]) -> None:
    connections, observer = Connections(), Observer()
    connections.add(SimpleNamespace(attach=lambda connection: 1 / 0, detach=lambda connection: 1 / 0))
    connections.add(observer)
    connection = Connection()
    connections.opened(connection)
    assert connection._close() == "closed"
    assert [kind for kind, _ in observer.events] == ["opened", "closes"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_django_tells_of_connections_in_any_thread() -> None:
    connections, observer = Connections(), Observer()
    connections.add(observer)
    connections.watch()

    def receiver(connection: Any, **kwargs: Any) -> None:
        observer.events.append(("set up by the project", connection))

    connection_created.connect(receiver, weak=False)
    connections.watch()
    try:
        connection = Connection()
        thread = threading.Thread(target=lambda: connection_created.send(Connection, connection=connection))
        thread.start()
        thread.join()
        assert observer.events == [("set up by the project", connection), ("opened", connection)]
    finally:
        connection_created.disconnect(connections._created)
        connection_created.disconnect(receiver)


def test_a_wrapper_stands_before_those_of_the_project_which_come_off_as_a_stack() -> None:
    connection = Connection()
    connection.execute_wrappers.append("the project's")  # within its `with connection.execute_wrapper(...)`
    wrapped_by(connection, print)
    wrapped_by(connection, print)
    assert connection.execute_wrappers == [print, "the project's"]
    assert connection.execute_wrappers.pop() == "the project's"
    unwrapped(connection, print)
    unwrapped(connection, print)
    assert connection.execute_wrappers == []


def test_a_request_counts_the_connections_that_it_opens() -> None:
    probe, connections = ConnectionProbe(), Connections()
    connections.opened(Connection())
    connections.add(probe)
    probe.start()
    assert probe.read() == {"connects": 0}
    kept = [Connection(), Connection()]
    for connection in kept:
        connections.opened(connection)
    assert probe.read() == {"connects": 2}
