"""Django in this process, connected to databases of the lab's while they are migrated and filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from perflab.errors import SubjectError
from perflab.scenario.subject.calls import in_project
from perflab.seeding.table import Table
from perflab.servers.aliases import handler
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


@contextmanager
def connected(databases: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Connect Django's aliases where the project is, which may be another process; afterwards everything is as before.

    Args:
        databases: The entries of DATABASES, by alias; `default` among them.
    """
    handler.connect(databases)
    try:
        yield
    finally:
        with suppress(SubjectError):  # the process of a project of its own interpreter may be gone
            handler.disconnect()


def by_owner(tables: Sequence[Table], layout: Layout) -> dict[str, list[Table]]:
    """Return the tables to fill in each database, by the alias that owns it: where the routers write the model.

    Args:
        tables: The description of the data.
        layout: The project's databases.

    Returns:
        The tables by alias, in their order; an alias without tables is left out.
    """
    groups: dict[str, list[Table]] = {}
    for table, alias in zip(tables, written_to([table.model for table in tables]), strict=True):
        groups.setdefault(layout.homes.get(alias, ALIAS), []).append(table)
    return groups


@in_project
def written_to(models: Sequence[Any]) -> list[str]:
    """Return the alias to which the project's routers write each model."""
    from django.db import router

    return [str(router.db_for_write(model)) for model in models]
