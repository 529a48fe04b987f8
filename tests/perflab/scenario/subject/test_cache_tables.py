"""The tables of caches in the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.scenario.subject import cache_tables
from perflab.seeding.target import django_on
from perflab.servers.sqlite import SqliteFiles

DATABASE = "django.core.cache.backends.db.DatabaseCache"
CACHES = {
    "default": {"BACKEND": DATABASE, "LOCATION": "kept"},
    "same": {"BACKEND": DATABASE, "LOCATION": "kept"},
    "own": {"BACKEND": f"{__name__}.Own", "LOCATION": "also_kept"},
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "gone": {"BACKEND": "no_such.Backend", "LOCATION": "x"},
}


def __getattr__(name: str) -> type:
    from django.core.cache.backends.db import DatabaseCache

    if name == "Own":
        return type("Own", (DatabaseCache,), {})
    raise AttributeError(name)


def test_their_names() -> None:
    assert cache_tables.names(CACHES) == ["also_kept", "kept"]
    assert cache_tables.names({}) == []


def test_they_are_made_once(tmp_path: Path, django_db_blocker: pytest.FixtureRequest) -> None:
    with django_db_blocker.unblock(), SqliteFiles(tmp_path / "sqlite") as files:  # type: ignore[attr-defined]
        files.create_database("perflab_template_base")
        with django_on(files.django_settings("perflab_template_base")) as connection:
            cache_tables.make([])
            assert connection.introspection.table_names() == []
            for _ in range(2):
                cache_tables.make(cache_tables.names(CACHES))
            assert set(connection.introspection.table_names()) == {"kept", "also_kept"}
