"""DATABASES of a cell: every alias as the project has it, on the cell's own clones.

An alias that is another's mirror uses the same clone by a connection of its own, so routers work as in production.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab.scenario.factors.base import with_options
from perflab.servers.aliases.layout import DEFAULT, Layout, layout_of
from perflab.servers.choice import vendor_of
from perflab.servers.database import Database


def of_cell(layout: Layout, server: Database, clone: str, options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the setting DATABASES of one cell.

    Args:
        layout: The project's databases.
        server: The lab's server.
        clone: The cell's clone of the database of `default`; those of other aliases are named after it.
        options: What factors add to OPTIONS, for every connection to that database.
    """
    entries = layout.databases(server, clone)
    for alias, entry in entries.items():
        if layout.homes[alias] == DEFAULT:
            entry["OPTIONS"] = with_options(entry["OPTIONS"], options)
    return entries


def as_served(entries: Mapping[str, Mapping[str, Any]], own: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return DATABASES of a cell on a real server: connections live as long as the project says, or are in its pool.

    Args:
        entries: DATABASES of the cell, whose connections persist.
        own: The project's own DATABASES.
    """
    result = {}
    for alias, entry in entries.items():
        theirs = own.get(alias) or {}
        pool = (theirs.get("OPTIONS") or {}).get("pool")
        result[alias] = {
            **entry,
            "CONN_MAX_AGE": theirs.get("CONN_MAX_AGE", 0),
            "CONN_HEALTH_CHECKS": theirs.get("CONN_HEALTH_CHECKS", False),
            "OPTIONS": {**(entry.get("OPTIONS") or {}), **({} if pool is None else {"pool": pool})},
        }
    return result


def described(settings_module: str, requested: str | None = None) -> list[str]:
    """Return what of the project's DATABASES does not hold in the lab, a sentence for each. Django is set up.

    Args:
        settings_module: The project's settings.
        requested: The scenario's `subject.database`, if it has one.

    Raises:
        InputError: An alias is on a database that the lab has no server for.
    """
    return layout_of(settings_module).remarks(vendor_of(settings_module, requested))
