"""Django on a database of the lab's, and back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from perflab.seeding import target
from perflab.servers.aliases.layout import Layout


def test_everything_is_afterwards_as_before(new_database, postgres):
    before = connections["default"]
    settings = dict(connections.settings["default"])
    name = new_database()
    with target.django_on(postgres.django_settings(name)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (name,)
        assert connections["default"] is connection
    assert connections["default"] is before
    assert connections.settings["default"] == settings


def test_also_after_an_error(new_database, postgres):
    before = connections["default"]
    with pytest.raises(ZeroDivisionError), target.django_on(postgres.django_settings(new_database())):
        raise ZeroDivisionError
    assert connections["default"] is before


def test_other_aliases_are_there_meanwhile(new_database, postgres):
    names = {"default": new_database(), "log": new_database()}
    databases = {alias: postgres.django_settings(name) for alias, name in names.items()}
    with target.django_on_all(databases) as connection:
        assert connection.settings_dict["NAME"] == names["default"]
        with connections["log"].cursor() as cursor:
            cursor.execute("SELECT current_database()")
            assert cursor.fetchone() == (names["log"],)
    assert "log" not in connections.settings
    postgres.clone(names["log"], f"{names['log']}_c")  # nobody is connected any more
    postgres.drop(f"{names['log']}_c")


def test_tables_are_filled_where_routers_write_them(monkeypatch):
    import django.db

    class Router:
        def db_for_write(self, model):
            return {"A": "default", "B": "log", "C": "replica", "D": "unheard of"}[model.__name__]

    monkeypatch.setattr(django.db, "router", Router())
    tables: Any = [SimpleNamespace(model=type(name, (), {})) for name in "ABCD"]
    layout = Layout({"default": "default", "replica": "default", "log": "log"})
    assert target.by_owner(tables, layout) == {"default": [tables[0], tables[2], tables[3]], "log": [tables[1]]}
