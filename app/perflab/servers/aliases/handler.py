"""Django's connections in this process, on other databases for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

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
