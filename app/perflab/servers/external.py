"""A PostgreSQL that someone else runs, named by PERFLAB_DATABASE_URL: used with care, and never restarted.

The database in the URL is not connected to. The lab works from the maintenance database `postgres`, in databases that it makes.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from psycopg import Error, conninfo

from perflab.errors import ServerError
from perflab.servers.databases import Postgres
from perflab.servers.settings import SESSION

VARIABLE = "PERFLAB_DATABASE_URL"


class ExternalPostgres(Postgres):
    """A server that was there before. Its own settings stay as they are; sessions get what makes measuring quieter."""

    def __init__(self, url: str) -> None:
        super().__init__()
        try:
            self._info: dict[str, Any] = dict(conninfo.conninfo_to_dict(url))
        except Error:
            raise ServerError(  # not psycopg's words: they may hold the password
                "not a PostgreSQL URL", where=VARIABLE, hint="write postgresql://user:password@host:5432/"
            ) from None
        self._info.pop("dbname", None)
        options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
        self._info["options"] = f"{self._info.get('options', '')} {options}".strip()
        self._info.setdefault("connect_timeout", 10)
        self._info.setdefault("application_name", "perflab")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def conninfo(self, database: str) -> dict[str, Any]:
        return {**self._info, "dbname": database}

    def start(self) -> None:
        """Look whether the server can be used, and drop what an interrupted run of this machine left there."""
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    def _look(self) -> None:
        row = self._ask("SELECT rolcreatedb OR rolsuper, current_user FROM pg_roles WHERE rolname = current_user")
        if not row or not row[0][0]:
            who = row[0][1] if row else "this role"
            raise ServerError(
                f"role {who} may not create databases, and perflab works only in databases of its own",
                where=self.address(), hint=f'ALTER ROLE "{who}" CREATEDB, or unset {VARIABLE} for a private server',
            )  # fmt: skip
        connection = self.maintenance
        self.local = self.backend_clock(connection) is not None
        self.drop_leftovers()

    def stop(self) -> None:
        """Only let go of it."""
        self.close()
