"""The clocks that the subject reads: all show the time of the trace, in Python and in the database.

trace.py     the time of the trace: when it begins, and how a Step moves it
running.py   the time of the trace on a server under load, where it runs on by itself
python.py    `time.time`, `datetime.now` and all other clocks of Python that show the date
sql.py       the statements that ask the database for the time
postgres.py  the clock of PostgreSQL: what the cell's clone itself asks for, such as a column's default
sqlite.py    the clock of SQLite

Monotonic clocks (`monotonic`, `perf_counter`, `process_time`, `thread_time`) are the machine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from perflab.worker.clock import sqlite
from perflab.worker.clock.postgres import PostgresClock
from perflab.worker.clock.python import PythonClocks
from perflab.worker.clock.running import RunningClock
from perflab.worker.clock.sql import SqlClock
from perflab.worker.clock.trace import ShownClock, TraceClock

__all__ = ["Clocks", "RunningClock", "ShownClock", "TraceClock"]


class Clocks:
    """All clocks of a cell's process.

    Args:
        clock: The time of the trace.
        unmoved: Called with the name of each clock that keeps the machine's time.
    """

    def __init__(self, clock: ShownClock, unmoved: Callable[[str], None] = lambda name: None) -> None:
        self.python = PythonClocks(clock)
        self._clock = clock
        self._unmoved = unmoved
        self._postgres = PostgresClock(clock, unmoved)
        self._sql = SqlClock(clock, lambda sql: unmoved(f"the statement {' '.join(sql.split())[:80]}"))

    def install(self) -> None:
        """Move Python's clocks and those of future database connections, before the project is imported."""
        from django.db.backends.signals import connection_created

        for name in self.python.install():
            self._unmoved(name)
        self._sql.install()
        self._clock.on_step(self._postgres.step)
        connection_created.connect(self._connected, weak=False)

    def _connected(self, connection: Any, **kwargs: Any) -> None:
        sqlite.connected(self._clock, connection)
        self._postgres.connected(connection)

    def prepare_databases(self) -> None:
        """Move the clocks of the cell's databases, once Django is set up."""
        from django.db import connections

        for alias in connections:
            self._postgres.prepare(connections[alias])
