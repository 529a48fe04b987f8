"""Django in this process, connected to a database of the lab's while that is migrated and filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

ALIAS = "default"


@contextmanager
def django_on(database: Mapping[str, Any]) -> Iterator[Any]:
    """Connect Django's default connection to this database; afterwards everything is as before.

    The handler keeps its settings and one open connection per thread. Both are put aside, so that whoever sets Django up
    for another database later does not get this one.
    """
    from django.db import connections

    state: Any = vars(connections)
    kept = {name: state[name] for name in ("settings", "_settings") if name in state}
    open_before = getattr(state["_connections"], ALIAS, None)
    state.pop("settings", None)
    state["_settings"] = {ALIAS: dict(database)}
    if open_before is not None:
        del connections[ALIAS]
    try:
        yield connections[ALIAS]
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        state.pop("settings", None)
        state.update(kept)
        if open_before is not None:
            connections[ALIAS] = open_before
