"""Django's connections, somewhere else for a while."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from perflab.servers.aliases.handler import close_all, connect, databases_are, disconnect, no_databases, pragmas


def test_all_aliases_are_elsewhere_and_afterwards_as_before(tmp_path: Path, django_db_blocker: Any) -> None:
    before, settings = connections["default"], dict(connections.settings["default"])
    files = {
        alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / alias)} for alias in ("default", "log")
    }
    with django_db_blocker.unblock(), databases_are(files) as elsewhere:
        opened = [elsewhere[alias] for alias in files]
        for connection in opened:
            connection.ensure_connection()
        assert {connection.settings_dict["NAME"] for connection in opened} == {str(tmp_path / alias) for alias in files}
    assert [connection.connection for connection in opened] == [None, None], "closed"
    assert connections["default"] is before and connections.settings["default"] == settings
    assert "log" not in connections.settings


def test_without_databases_whoever_queries_is_told_so() -> None:
    with no_databases({"default": {}, "log": {}}), pytest.raises(ImproperlyConfigured):
        connections["log"].cursor()


def test_connecting_lasts_until_it_is_undone(tmp_path: Path, django_db_blocker: Any) -> None:
    before = connections["default"]
    for name in ("first", "second"):
        connect({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / name)}})
        try:
            with django_db_blocker.unblock():
                connections["default"].ensure_connection()
                close_all()
                assert connections["default"].connection is None
                assert connections["default"].settings_dict["NAME"] == str(tmp_path / name)
        finally:
            disconnect()
        assert connections["default"] is before


def test_pragmas_of_a_file_are_those_of_djangos_connection(tmp_path: Path, django_db_blocker: Any) -> None:
    entry = {
        "ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "file"),
        "OPTIONS": {"init_command": "PRAGMA synchronous=1"},
    }  # fmt: skip
    with django_db_blocker.unblock():
        assert pragmas(entry, ["synchronous", "foreign_keys", "no_such_pragma"]) == {
            "synchronous": 1,
            "foreign_keys": 1,
        }
