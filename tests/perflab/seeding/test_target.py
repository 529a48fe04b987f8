"""Django on a database of the lab's, and back."""

from __future__ import annotations

import pytest
from django.db import connections

from perflab.seeding import target


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
