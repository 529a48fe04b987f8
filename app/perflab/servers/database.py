"""The interface to the lab's databases, on a PostgreSQL server (databases.py) or in SQLite files (sqlite.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

POSTGRESQL = "postgresql"
SQLITE = "sqlite"

#: The environment variable that names the user's own PostgreSQL.
DATABASE_VARIABLE = "PERFLAB_DATABASE_URL"


def quoted(name: str) -> str:
    """Return a table's, column's or index's name as both PostgreSQL and SQLite read it, whatever characters it has."""
    return '"{}"'.format(name.replace('"', '""'))


@dataclass(frozen=True, slots=True)
class DatabaseCounters:
    """One database's statistics since it was created; None where nothing counts.

    A PostgreSQL backend reports when it ends at the latest, or at once after `SELECT pg_stat_force_next_flush()`.
    """

    buffers_hit: int | None
    buffers_read: int | None
    rows_read: int | None


class Database(Protocol):
    """Databases of the lab's own, by name: created, cloned, vacuumed and dropped.

    Anything else is refused with ForeignDatabase. What the server or the file system refuses is a ServerError.
    """

    #: POSTGRESQL or SQLITE: as Django's `connection.vendor`.
    vendor: str
    private: bool
    #: Whether a backend's CPU clock can be read.
    local: bool
    #: Where the server's program came from, for the report.
    source: str

    @property
    def version(self) -> str:
        """The database's version, such as 18.6."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings in force that matter for a measurement."""
        ...

    def connect(self, database: str) -> Any:
        """Open a connection in autocommit mode, which has `execute`; as a context manager it closes."""
        ...

    def errors(self, what: str) -> AbstractContextManager[None]:
        """Turn the driver's errors into one-line ServerErrors that begin with `what`."""
        ...

    def django_settings(self, database: str) -> dict[str, Any]:
        """Return the place of a database as an entry for Django's DATABASES, with a persistent connection."""
        ...

    def databases(self) -> list[str]:
        """Return the names of the lab's databases."""
        ...

    def create_database(self, name: str) -> None:
        """Create an empty database."""
        ...

    def clone(self, template: str, name: str) -> None:
        """Copy a database byte for byte. Nobody may be connected to the template."""
        ...

    def rename(self, name: str, to: str) -> None:
        """Give a database its final name, once it is complete."""
        ...

    def drop(self, name: str, *, missing_ok: bool = True) -> None:
        """Drop a database; with `missing_ok` it need not exist."""
        ...

    def drop_leftovers(self) -> list[str]:
        """Drop the per-run clones whose makers are gone, and return their names."""
        ...

    def vacuum(self, name: str) -> None:
        """Vacuum a database and collect the planner's statistics."""
        ...

    def prewarm(self, name: str) -> int | None:
        """Read all of a database into memory; return the number of pages, or None where that cannot be done."""
        ...

    def size_bytes(self, name: str) -> int:
        """Return the size of a database in bytes."""
        ...

    def counters(self, name: str) -> DatabaseCounters:
        """Return the statistics of one database."""
        ...

    def count_statements(self, on: bool) -> None:
        """Let the server count each statement, or stop, where the lab may decide that."""
        ...

    def statements(self) -> dict[str, dict[str, int]] | None:
        """Return how often each per-run clone got each statement, by its text; None where nothing counts them."""
        ...

    def wal_position(self) -> int | None:
        """Return the bytes of WAL written so far, by all databases; None where nothing counts them."""
        ...

    def pin(self, cpus: Sequence[int]) -> bool:
        """Keep the server's processes on these CPUs; return False where that can't be done."""
        ...
