"""The tables of caches in the database: made in the template, as Django's test runner makes them in its database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab.scenario.project import base_settings
from perflab.scenario.subject.calls import in_project


@in_project
def of_project(settings_module: str) -> list[str]:
    """Return the tables of a project's caches, by its settings module."""
    return names(base_settings(settings_module)["CACHES"])


def names(caches: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the tables of a CACHES setting; a backend that cannot be imported has none."""
    from django.core.cache.backends.db import BaseDatabaseCache
    from django.utils.module_loading import import_string

    tables = set()
    for entry in caches.values():
        try:
            backend = import_string(str(entry.get("BACKEND", "")))
        except ImportError:
            continue
        if isinstance(backend, type) and issubclass(backend, BaseDatabaseCache):
            tables.add(str(entry.get("LOCATION", "")))
    return sorted(tables)


@in_project
def make(tables: Sequence[str]) -> None:
    """Make the tables that are missing, in each of Django's databases that its routers allow."""
    from django.core.management import call_command
    from django.db import connections

    for alias in connections if tables else ():
        call_command("createcachetable", *tables, database=alias, verbosity=0)
