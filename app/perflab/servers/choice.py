"""The kind of database that a project is measured on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from perflab.scenario import project
from perflab.servers.database import DATABASE_VARIABLE, POSTGRESQL, SQLITE


def vendor_of(settings_module: str, requested: str | None = None) -> str:
    """Return POSTGRESQL or SQLITE: the kind of database that a project is measured on.

    The scenario's choice has precedence, then PostgreSQL if the user names a server, then the project's own database. A
    project on anything but SQLite is measured on PostgreSQL. Imports the settings module; Django need not be set up.

    Args:
        settings_module: The project's settings, such as `site_config.settings`.
        requested: The scenario's `subject.database`, if it has one.
    """
    if requested is not None:
        return requested
    if os.environ.get(DATABASE_VARIABLE):
        return POSTGRESQL
    return POSTGRESQL if sqlite_entry(settings_module) is None else SQLITE


def sqlite_entry(settings_module: str) -> dict[str, Any] | None:
    """Return the project's own `DATABASES["default"]` if that is SQLite, else None."""
    databases: Mapping[str, Any] = project.base_settings(settings_module)["DATABASES"]
    entry = dict(databases.get("default") or {})
    return entry if str(entry.get("ENGINE")).endswith(".sqlite3") else None
