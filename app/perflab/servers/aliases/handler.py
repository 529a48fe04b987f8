"""Django's connections in this process, on other databases for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from perflab.scenario.subject.calls import in_project

DUMMY = {"ENGINE": "django.db.backends.dummy"}


@contextmanager
def databases_are(databases: Mapping[str, Mapping[str, Any]]) -> Iterator[Any]:
    """Replace DATABASES as this thread's connections read it; afterwards everything is as before.

    The handler keeps its settings and one open connection for each thread and alias. Both are put aside, so that whoever
    sets Django up for another database later does not get these.

    Args:
        databases: The entries, by alias; `default` among them.

    Yields:
        Django's handler of connections. Those that it opens meanwhile are closed at the end.
    """
    from django.db import connections

    state: Any = vars(connections)
    local = state["_connections"]
    kept = {name: state[name] for name in ("settings", "_settings") if name in state}
    before = {alias: getattr(local, alias) for alias in kept.get("settings", ()) if hasattr(local, alias)}
    for alias in before:
        delattr(local, alias)
    state.pop("settings", None)
    state["_settings"] = {alias: dict(entry) for alias, entry in databases.items()}
    try:
        yield connections
    finally:
        for alias in databases:
            if hasattr(local, alias):
                getattr(local, alias).close()
                delattr(local, alias)
        for name in ("settings", "_settings"):
            state.pop(name, None)
        state.update(kept)
        for alias, connection in before.items():
            setattr(local, alias, connection)


def no_databases(aliases: Mapping[str, Any]) -> Any:
    """Let every alias be without a database for a while: whoever queries one gets Django's ImproperlyConfigured."""
    return databases_are(dict.fromkeys({"default": None, **aliases}, DUMMY))


_connected = ExitStack()


@in_project
def connect(databases: Mapping[str, Mapping[str, Any]]) -> None:
    """Let Django's connections be to these databases, where the project is, until `disconnect`.

    Args:
        databases: The entries of DATABASES, by alias; `default` among them.
    """
    _connected.enter_context(databases_are(databases))


@in_project
def disconnect() -> None:
    """Undo all of `connect`."""
    _connected.close()


@in_project
def close_all() -> None:
    """Close Django's connections; they open again when they are used."""
    from django.db import connections

    connections.close_all()


@in_project
def pragmas(entry: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the values of an SQLite file's PRAGMAs in a connection of Django's; those that it does not have are left out.

    Args:
        entry: The file as an entry of DATABASES.
        names: The PRAGMAs.
    """
    from django.db.utils import ConnectionHandler

    connection = ConnectionHandler({"default": dict(entry)})["default"]
    try:
        with connection.cursor() as cursor:
            rows = {name: cursor.execute(f"PRAGMA {name}").fetchone() for name in names}
    finally:
        connection.close()
    return {name: row[0] for name, row in rows.items() if row is not None}
