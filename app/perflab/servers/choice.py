"""Which database a project is measured on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from perflab.scenario import project
from perflab.servers.database import POSTGRESQL, SQLITE
from perflab.servers.external import VARIABLE


def vendor_of(settings_module: str, asked: str | None = None) -> str:
    """POSTGRESQL or SQLITE: what the scenario asks for, else PostgreSQL where the user names a server, else the project's own.

    A project on anything but SQLite is measured on PostgreSQL. Imports its settings module; Django need not be set up.
    """
    if asked is not None:
        return asked
    if os.environ.get(VARIABLE):
        return POSTGRESQL
    return POSTGRESQL if sqlite_entry(settings_module) is None else SQLITE


def sqlite_entry(settings_module: str) -> dict[str, Any] | None:
    """The project's own `DATABASES["default"]` where that is SQLite, else None."""
    databases: Mapping[str, Any] = project.base_settings(settings_module)["DATABASES"]
    entry = dict(databases.get("default") or {})
    return entry if str(entry.get("ENGINE")).endswith(".sqlite3") else None
