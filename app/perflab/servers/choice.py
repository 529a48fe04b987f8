"""The kind of database that a project is measured on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from perflab.errors import InputError
from perflab.scenario import project
from perflab.servers.aliases.entry import engine_vendor, title_of
from perflab.servers.database import DATABASE_VARIABLE, POSTGRESQL, SQLITE


def vendor_of(settings_module: str, requested: str | None = None) -> str:
    """Return POSTGRESQL or SQLITE: the kind of database that a project is measured on, with all of its aliases.

    The scenario's choice has precedence, then PostgreSQL if the user names a server, then the project's own database. Imports
    the settings module; Django need not be set up.

    Args:
        settings_module: The project's settings, such as `site_config.settings`.
        requested: The scenario's `subject.database`, if it has one.

    Raises:
        InputError: Nobody chose, and an alias of the project's is on another kind of database.
    """
    if requested is not None:
        return requested
    if os.environ.get(DATABASE_VARIABLE):
        return POSTGRESQL
    databases: Mapping[str, Mapping[str, Any]] = project.base_settings(settings_module)["DATABASES"]
    vendors = {alias: engine_vendor(entry.get("ENGINE")) for alias, entry in databases.items()}
    here = SQLITE if vendors.get("default") == SQLITE else POSTGRESQL
    for alias, vendor in vendors.items():
        if vendor not in (here, None):
            of_all = "" if vendor not in (POSTGRESQL, SQLITE) else f", others on {title_of(here)}"
            raise InputError(
                f"DATABASES[{alias!r}] is on {title_of(vendor)}{of_all}; perflab measures on PostgreSQL or on SQLite alone",
                where=settings_module,
                hint="`database: postgresql` under `subject:` puts every alias on PostgreSQL",
            )
    return here


def sqlite_entry(settings_module: str) -> dict[str, Any] | None:
    """Return the project's own `DATABASES["default"]` if that is SQLite, else None."""
    databases: Mapping[str, Any] = project.base_settings(settings_module)["DATABASES"]
    entry = dict(databases.get("default") or {})
    return entry if engine_vendor(entry.get("ENGINE")) == SQLITE else None
