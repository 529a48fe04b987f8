"""SQLite's clock."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

from perflab.worker.clock import TraceClock, sqlite
from perflab.worker.clock.sql import SqlClock


def test_functions_keywords_and_defaults_show_the_traces_time() -> None:
    clock, database = TraceClock("2025-10-20"), sqlite3.connect(":memory:")
    connection = SimpleNamespace(vendor="sqlite", connection=database)
    database.execute("CREATE TABLE t (a, at DEFAULT CURRENT_TIMESTAMP, on_day DEFAULT CURRENT_DATE)")
    sqlite.connected(clock, connection)
    clock.at_s = 61.25
    database.execute("INSERT INTO t (a) VALUES (1)")
    assert database.execute("SELECT at, on_day FROM t").fetchone() == ("2025-10-20 00:01:01", "2025-10-20")
    sql = SqlClock(clock)
    text = sql.text(connection, "SELECT strftime('%f', 'now'), datetime('now', '-1 day'), CURRENT_TIME")
    assert database.execute(text).fetchone() == ("01.250", "2025-10-19 00:01:01", "00:01:01")
    clock.at_s = 120
    assert database.execute(text).fetchone() == ("00.000", "2025-10-19 00:02:00", "00:02:00"), (
        "a prepared statement, too"
    )
    database.close()


def test_another_database_is_left_alone() -> None:
    sqlite.connected(TraceClock("2025-10-20"), SimpleNamespace(vendor="postgresql"))
