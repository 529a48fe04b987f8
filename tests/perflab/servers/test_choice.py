"""On which database a project is measured."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.servers.choice import sqlite_entry, vendor_of
from perflab.servers.database import POSTGRESQL, SQLITE

NAME = "settings_of_a_choice"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A settings module whose default database has an engine: a function of the engine."""

    def make(engine: str | None) -> str:
        module = ModuleType(NAME)
        if engine is not None:
            module.DATABASES = {"default": {"ENGINE": engine, "OPTIONS": {"timeout": 9}}}  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, NAME, module)
        return NAME

    return make


@pytest.mark.parametrize(
    ("engine", "vendor"),
    [
        ("django.db.backends.sqlite3", SQLITE),
        ("somebodys.metrics.sqlite3", SQLITE),
        ("django.db.backends.postgresql", POSTGRESQL),
        ("django.contrib.gis.db.backends.postgis", POSTGRESQL),
        (None, POSTGRESQL),
    ],
)
def test_without_a_word_it_is_the_projects_own(settings: Any, engine: str | None, vendor: str) -> None:
    assert vendor_of(settings(engine)) == vendor


def test_what_the_scenario_asks_for_comes_first(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert vendor_of(settings("django.db.backends.sqlite3"), POSTGRESQL) == POSTGRESQL
    monkeypatch.setenv("PERFLAB_DATABASE_URL", "postgresql://somewhere/")
    assert vendor_of(settings("django.db.backends.postgresql"), SQLITE) == SQLITE


def test_who_names_a_server_wants_it_used(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFLAB_DATABASE_URL", "postgresql://somewhere/")
    assert vendor_of(settings("django.db.backends.sqlite3")) == POSTGRESQL


def test_the_projects_entry_is_kept_where_it_is_sqlite(settings: Any) -> None:
    assert sqlite_entry(settings("django.db.backends.postgresql")) is None
    assert sqlite_entry(settings("django.db.backends.sqlite3")) == {
        "ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"timeout": 9},
    }  # fmt: skip


def test_another_kind_is_refused_unless_somebody_chose(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = settings("django.db.backends.mysql")
    with pytest.raises(
        InputError, match=r"DATABASES\['default'\] is on MySQL; perflab measures on PostgreSQL or on SQLite alone"
    ):
        vendor_of(name)
    assert vendor_of(name, POSTGRESQL) == POSTGRESQL
    monkeypatch.setenv("PERFLAB_DATABASE_URL", "postgresql://somewhere/")
    assert vendor_of(name) == POSTGRESQL


def test_two_kinds_at_once_are_refused_with_the_aliass_name(settings: Any) -> None:
    name = settings("django.db.backends.postgresql")
    sys.modules[name].DATABASES["cache"] = {"ENGINE": "django.db.backends.sqlite3"}
    with pytest.raises(
        InputError, match=r"DATABASES\['cache'\] is on SQLite, others on PostgreSQL;.*subject"
    ) as caught:
        vendor_of(name)
    assert "\n" not in str(caught.value)


def test_settings_that_cannot_be_imported_are_one_line() -> None:
    with pytest.raises(InputError, match=r"cannot import no\.such\.settings"):
        vendor_of("no.such.settings")
