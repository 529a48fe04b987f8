"""What the lab needs of databases, whatever they are kept in: a PostgreSQL server (databases.py) or SQLite files (sqlite.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

POSTGRESQL = "postgresql"
SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class DatabaseCounters:
    """What one database's statistics say, since its making; None where nobody counts. A PostgreSQL backend reports at latest
    when it ends, or at once after `SELECT pg_stat_force_next_flush()`."""

    buffers_hit: int | None
    buffers_read: int | None
    rows_read: int | None


class Database(Protocol):
    """Databases of the lab's own, by name: made, copied, tidied and dropped. All else is refused with ForeignDatabase.

    Raises ServerError for what the server or the file system refuses.
    """

    #: POSTGRESQL or SQLITE: as Django's `connection.vendor`.
    vendor: str
    private: bool
    #: Whether a backend's CPU clock can be read.
    local: bool
    #: Where the server's program came from, for the report.
    source: str

    @property
    def version(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings in force that matter for a measurement."""
        ...

    def connect(self, database: str) -> Any:
        """A connection in autocommit mode with `execute`; as a context manager it closes."""
        ...

    def errors(self, what: str) -> AbstractContextManager[None]:
        """Turns the driver's errors into one-line ServerErrors that begin with `what`."""
        ...

    def django_settings(self, database: str) -> dict[str, Any]:
        """An entry for Django's DATABASES, with a connection that persists."""
        ...

    def databases(self) -> list[str]: ...

    def create_database(self, name: str) -> None: ...

    def clone(self, template: str, name: str) -> None:
        """Copy a database byte for byte. Nobody may be connected to the template."""
        ...

    def rename(self, name: str, to: str) -> None:
        """Give a database its final name, once it is what that name promises."""
        ...

    def drop(self, name: str, *, missing_ok: bool = True) -> None: ...

    def drop_leftovers(self) -> list[str]:
        """Drop the per-run clones whose makers are gone; their names."""
        ...

    def vacuum(self, name: str) -> None:
        """Tidy up a database and collect the planner's statistics."""
        ...

    def prewarm(self, name: str) -> int | None:
        """Read all of a database into memory; the number of pages, or None where that cannot be done."""
        ...

    def size_bytes(self, name: str) -> int: ...

    def counters(self, name: str) -> DatabaseCounters: ...

    def wal_position(self) -> int | None:
        """Bytes of WAL written so far, by all databases; None where nobody counts them."""
        ...

    def pin(self, cpus: Sequence[int]) -> bool:
        """Keep the server's processes on these CPUs. False where that can't be done."""
        ...
