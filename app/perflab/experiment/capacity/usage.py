"""What a window of load used: CPU time of all processes of a kind, and what the database's backends wait for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import psutil

from perflab.run.tables.declaring import Row
from perflab.servers.database import POSTGRESQL, Database

# Each look is a query, which the measured database executes.
LOOK_EVERY_S = 0.1
STATES = """
    SELECT state, wait_event_type, count(*) FROM pg_stat_activity
    WHERE datname = %s AND backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1, 2"""


def tree_cpu_s(pid: int | None) -> float | None:
    """Return the CPU time of a process, of those that it has started, and of those of them that have ended; None if unknown.

    Args:
        pid: The first process.
    """
    if pid is None:
        return None
    try:
        root = psutil.Process(pid)
        total = sum(root.cpu_times()[:4])
        for child in root.children(recursive=True):
            try:
                total += sum(child.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue  # counted by its parent from now on
    except psutil.Error:
        return None
    return float(total)


@dataclass
class Waits:
    """Hold how many backends were connected, waited for a lock and waited for the disk, at each look."""

    looks: int = 0
    connections: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        """Add one look.

        Args:
            rows: State, kind of wait, and number of backends.
        """
        self.looks += 1
        self.connections = max(self.connections, sum(number for _, _, number in rows))
        for state, wait, number in rows:
            if state != "idle":
                self.counts[wait or ""] += number

    def as_row(self) -> Row:
        """Return columns of the table of windows; null where nobody could look."""
        if not self.looks:
            return {"connections": None, "on_locks": None, "on_disk": None}
        locks = self.counts["Lock"] + self.counts["LWLock"]
        return {
            "connections": self.connections,
            "on_locks": locks / self.looks,
            "on_disk": self.counts["IO"] / self.looks,
        }


@contextmanager
def waits_of(server: Database, database: str) -> Iterator[Waits]:
    """Look again and again, while the context lasts, at what the backends of one database wait for.

    Args:
        server: The database server.
        database: The database.
    """
    waits = Waits()
    if server.vendor != POSTGRESQL:
        yield waits
        return
    end = threading.Event()

    def look(connection: Any) -> None:
        while not end.wait(LOOK_EVERY_S):
            waits.add(connection.execute(STATES, (database,)).fetchall())

    with server.connect(database) as connection:
        thread = threading.Thread(target=look, args=(connection,), daemon=True)
        thread.start()
        try:
            yield waits
        finally:
            end.set()
            thread.join()


@contextmanager
def used(clocks: dict[str, Callable[[], float | None]], row: Row) -> Iterator[None]:
    """Add to a row what each of these clocks showed more at the end than at the beginning, and how long that took.

    Args:
        clocks: By the column.
        row: The row.
    """
    began, before = monotonic(), {name: read() for name, read in clocks.items()}
    yield
    for name, read in clocks.items():
        start, end = before[name], read()
        row[name] = None if start is None or end is None else end - start
    row["seconds"] = monotonic() - began
