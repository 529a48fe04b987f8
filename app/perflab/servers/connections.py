"""Reaching a PostgreSQL, wherever it is: connections, errors in one line, and what the server reports about itself.

Nothing here writes, or knows which databases are the lab's: databases.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg

from perflab.errors import ServerError, first_line
from perflab.servers.database import POSTGRESQL
from perflab.servers.settings import REPORTED
from perflab.servers.supervision.clock import backend_clock
from perflab.servers.supervision.lifecycle import Lifecycle

MAINTENANCE = "postgres"
Connection = psycopg.Connection[tuple[Any, ...]]


class Reachable(Lifecycle):
    """A PostgreSQL server that can be queried. Postgres adds the lab's databases; its subclasses know where the server is."""

    vendor: str = POSTGRESQL
    private: bool = False
    #: Whether the server runs on this machine, so that its backends' CPU clocks can be read.
    local: bool = False
    #: Where the server came from, for the report.
    source: str = "external"

    def __init__(self) -> None:
        self._maintenance: Connection | None = None

    # -- place ---------------------------------------------------------------------------------------------------------

    def conninfo(self, database: str) -> dict[str, Any]:
        """Return libpq's parameters for a connection to `database`."""
        raise NotImplementedError

    def address(self) -> str:
        """Return where the server is, without a password."""
        info = self.conninfo(MAINTENANCE)
        return f"PostgreSQL at {info.get('host') or info.get('hostaddr') or 'localhost'}:{info.get('port') or 5432}"

    def pin(self, cpus: Sequence[int]) -> bool:
        """Keep the server's processes on these CPUs; return False where that can't be done."""
        return False

    def backend_clock(self, connection: Connection) -> Callable[[], int] | None:
        """Return the CPU clock, in ns, of a connection's backend, or None where it can't be read."""
        return backend_clock(connection.fileno(), connection.info.backend_pid)

    # -- connections ---------------------------------------------------------------------------------------------------

    hint = "is the server running?"

    def _connect(self, database: str) -> Connection:
        try:
            return psycopg.connect(**self.conninfo(database), autocommit=True)
        except psycopg.OperationalError as error:
            raise ServerError(
                f"cannot connect to database {database}: {first_line(error)}",
                where=self.address(),
                hint=self.hint,
            ) from error

    @property
    def maintenance(self) -> Connection:
        """A standing connection to the database `postgres`, for queries and CREATE DATABASE; replaced when it is broken."""
        if self._maintenance is None or self._maintenance.closed:
            self._maintenance = self._connect(MAINTENANCE)
        return self._maintenance

    def close(self) -> None:
        """Close the standing connection."""
        if self._maintenance is not None:
            self._maintenance.close()
            self._maintenance = None

    def _query(self, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        with self.errors("cannot query the server"):
            return self.maintenance.execute(statement, values).fetchall()

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Turn psycopg's errors into one-line ServerErrors that begin with `what`.

        Raises:
            ServerError: For each of psycopg's errors.
        """
        try:
            yield
        except psycopg.errors.InsufficientPrivilege as error:
            raise ServerError(
                f"{what}: {first_line(error)}", where=self.address(), hint="grant it, or unset PERFLAB_DATABASE_URL"
            ) from error
        except psycopg.errors.ObjectInUse as error:
            raise ServerError(
                f"{what}: {first_line(error)}", where=self.address(), hint="close the connections to that database"
            ) from error
        except psycopg.Error as error:
            raise ServerError(
                f"{what}: {first_line(error)}", where=self.address(), hint="see the server's log"
            ) from error

    # -- the server as a whole -----------------------------------------------------------------------------------------

    def wal_position(self) -> int:
        """Return the bytes of WAL written so far, by all databases (the insert position: writing out may lag behind)."""
        return int(self._query("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")[0][0])

    @property
    def settings(self) -> dict[str, str]:
        """The settings in force that matter for a measurement, with their units. One query."""
        rows = self._query("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", list(REPORTED))
        return dict(sorted(rows))

    @property
    def version_num(self) -> int:
        """The server's version as a number: 180006 for 18.6."""
        return self.maintenance.info.server_version

    @property
    def version(self) -> str:
        """The server's version, such as 18.6."""
        return f"{self.version_num // 10000}.{self.version_num % 10000}"
