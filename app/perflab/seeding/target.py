"""Django in this process, connected to databases of the lab's while they are migrated and filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from perflab.seeding.table import Table
from perflab.servers.aliases.handler import databases_are
from perflab.servers.aliases.layout import Layout

ALIAS = "default"


@contextmanager
def django_on(database: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]] | None = None) -> Iterator[Any]:
    """Connect Django's default connection to this database; afterwards everything is as before.

    Args:
        database: The entry of `default` in DATABASES.
        others: The entries of the other aliases. One that is not here does not exist meanwhile.

    Yields:
        Django's default connection. All that are opened meanwhile are closed at the end.
    """
    with databases_are({ALIAS: database, **(others or {})}) as connections:
        yield connections[ALIAS]


def django_on_all(databases: Mapping[str, Mapping[str, Any]]) -> Any:
    """Connect all of Django's aliases; as `django_on`, of which this takes both arguments in one."""
    return django_on(databases[ALIAS], {alias: entry for alias, entry in databases.items() if alias != ALIAS})


def by_owner(tables: Sequence[Table], layout: Layout) -> dict[str, list[Table]]:
    """Return the tables to fill in each database, by the alias that owns it: where the routers write the model.

    Args:
        tables: The description of the data.
        layout: The project's databases.

    Returns:
        The tables by alias, in their order; an alias without tables is left out.
    """
    from django.db import router

    groups: dict[str, list[Table]] = {}
    for table in tables:
        groups.setdefault(layout.homes.get(router.db_for_write(table.model), ALIAS), []).append(table)
    return groups
