"""Names in SQL that both kinds of database read."""

from __future__ import annotations

import sqlite3

import pytest

from perflab.servers.database import quoted


@pytest.mark.parametrize("name", ["job", "Order by", 'a "b"', "a'b; DROP TABLE x"])
def test_a_name_is_read_as_it_is_whatever_it_is_made_of(name: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE {quoted(name)} (x)")
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [(name,)]
