"""A PostgreSQL that someone else runs, named by PERFLAB_DATABASE_URL: it is never restarted.

The lab does not connect to the database in the URL. It works from the maintenance database `postgres`, in databases of its own.
"""

from __future__ import annotations

from typing import Any

from psycopg import Error, conninfo

from perflab.errors import ServerError
from perflab.servers.database import DATABASE_VARIABLE
from perflab.servers.databases import Postgres
from perflab.servers.settings import SESSION


class ExternalPostgres(Postgres):
    """A server that someone else runs. Its settings stay as they are; sessions get those that make measuring quieter.

    Args:
        url: Its address, as libpq reads it.

    Raises:
        ServerError: That is no PostgreSQL URL.
    """

    hint = f"is the server running? {DATABASE_VARIABLE} names it"

    def __init__(self, url: str) -> None:
        super().__init__()
        try:
            self._info: dict[str, Any] = dict(conninfo.conninfo_to_dict(url))
        except Error:
            raise ServerError(  # without psycopg's text, which may hold the password
                "not a PostgreSQL URL", where=DATABASE_VARIABLE, hint="write postgresql://user:password@host:5432/"
            ) from None
        self._info.pop("dbname", None)
        options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
        self._info["options"] = f"{self._info.get('options', '')} {options}".strip()
        self._info.setdefault("connect_timeout", 10)
        self._info.setdefault("application_name", "perflab")

    def conninfo(self, database: str) -> dict[str, Any]:
        """Return libpq's parameters for a connection to `database`."""
        return {**self._info, "dbname": database}

    def start(self) -> None:
        """Check that the server can be used, and drop what an interrupted run of this machine left there."""
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        row = self._query("SELECT rolcreatedb OR rolsuper, current_user FROM pg_roles WHERE rolname = current_user")
        if not row or not row[0][0]:
            who = row[0][1] if row else "this role"
            raise ServerError(
                f"role {who} may not create databases, but perflab works only in databases of its own",
                where=self.address(), hint=f'ALTER ROLE "{who}" CREATEDB, or unset {DATABASE_VARIABLE} for a private server',
            )  # fmt: skip
        connection = self.maintenance
        self.local = self.backend_clock(connection) is not None
        self.drop_leftovers()

    def stop(self) -> None:
        """Close the connection; the server runs on."""
        self.close()
