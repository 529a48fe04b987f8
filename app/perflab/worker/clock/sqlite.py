"""The clock of SQLite: functions of the connection, in the place of its own and for statements that sql.py changes."""

from __future__ import annotations

from typing import Any

from perflab.worker.clock.sql import SQLITE_NOW
from perflab.worker.clock.trace import ShownClock

# By the format of the moment; CURRENT_TIMESTAMP is a function of this name to SQLite, also as a column's default.
FORMATS = {
    SQLITE_NOW: "%Y-%m-%d %H:%M:%S.%f",
    "current_timestamp": "%Y-%m-%d %H:%M:%S",
    "current_date": "%Y-%m-%d",
    "current_time": "%H:%M:%S",
}


def connected(clock: ShownClock, connection: Any) -> None:
    """Give a new connection the time of the trace.

    The functions count as deterministic, as SQLite's own do: they are called once in a statement, not for every row.

    Args:
        clock: The time of the trace.
        connection: Django's connection.
    """
    if connection.vendor != "sqlite":
        return

    def function(form: str) -> Any:
        milliseconds = form.endswith("%f")

        def now() -> str:
            text = clock.moment.strftime(form)
            return text[:-3] if milliseconds else text  # SQLite's own has three digits

        return now

    for name, form in FORMATS.items():
        connection.connection.create_function(name, 0, function(form), deterministic=True)
