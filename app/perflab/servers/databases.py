"""The lab's databases on a PostgreSQL, its own or someone else's: made, cloned, measured and dropped.

Every write goes to a database that the lab made. Its name begins with `perflab_`, and it holds the marker (schema perflab,
table marker), which clones inherit. Anything else is refused with ForeignDatabase, and without a connection if the name alone
shows it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from perflab.errors import ForeignDatabase, ServerError
from perflab.servers.connections import MAINTENANCE, Connection, Reachable
from perflab.servers.database import DatabaseCounters
from perflab.servers.ownership import NAME, RUN_PREFIX, check_name, is_abandoned, read_signature, signature
from perflab.servers.settings import COUNTING, RELOAD_S, STATEMENTS

CALLS = """
    SELECT d.datname, s.query, sum(s.calls)::bigint FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname LIKE %s AND s.query IS NOT NULL GROUP BY 1, 2
"""


class Postgres(Reachable):
    """A PostgreSQL server that can be used. Subclasses know where it is: PostgresServer (private), ExternalPostgres."""

    def __init__(self) -> None:
        super().__init__()
        self._verified: set[str] = set()

    # -- ownership -----------------------------------------------------------------------------------------------------

    def check_ours(self, database: str) -> None:
        """Check that the lab made this database. One connection (2 ms) the first time, then none.

        Raises:
            ForeignDatabase: If its name is not one of the lab's, or it has no marker.
        """
        check_name(database)
        if database in self._verified:
            return
        with self._connect(database) as connection:
            has_marker = connection.execute("SELECT to_regclass('perflab.marker') IS NOT NULL").fetchone()
        if has_marker != (True,):
            raise ForeignDatabase(
                f"database {database} was not created by perflab (it has no perflab.marker) and is left alone",
                where=self.address(), hint="rename it, or use another server",
            )  # fmt: skip
        self._verified.add(database)

    def connect(self, database: str = MAINTENANCE) -> Connection:
        """Open a connection in autocommit mode: to `postgres`, or to a database of the lab's own (checked once a process)."""
        if database != MAINTENANCE:
            self.check_ours(database)
        return self._connect(database)

    def django_settings(self, database: str) -> dict[str, Any]:
        """Return an entry for Django's DATABASES (JSON types only): a database of the lab's own, with a persistent connection."""
        self.check_ours(database)
        info = self.conninfo(database)
        settings = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database,
            "USER": str(info.pop("user", "")),
            "PASSWORD": str(info.pop("password", "")),
            "HOST": str(info.pop("host", "")),
            "PORT": str(info.pop("port", "")),
            "CONN_MAX_AGE": None,
        }
        info.pop("dbname")
        return settings | {"OPTIONS": info}

    def exists(self, database: str) -> bool:
        """Return whether the server has a database of this name. One query."""
        return bool(self._query("SELECT FROM pg_database WHERE datname = %s", database))

    def databases(self) -> list[str]:
        """Return the names of all databases that begin with `perflab_`, half-dropped ones included. One query."""
        return [
            name
            for (name,) in self._query("SELECT datname FROM pg_database WHERE datname LIKE 'perflab\\_%%' ORDER BY 1")
        ]

    # -- creating and dropping -----------------------------------------------------------------------------------------

    def create_database(self, name: str) -> None:
        """Create an empty database (UTF-8) with the marker in it."""
        check_name(name)
        with self.errors(f"cannot create database {name}"):
            self.maintenance.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            )
            self._sign(name)
            with self._connect(name) as connection, connection.transaction():
                connection.execute("CREATE SCHEMA perflab")
                connection.execute("CREATE TABLE perflab.marker (made_by text PRIMARY KEY)")
                connection.execute("INSERT INTO perflab.marker VALUES ('perflab')")
            self._add_prewarm(name)
        self._verified.add(name)

    def _add_prewarm(self, name: str) -> None:
        """Install pg_prewarm, in the lab's own schema; without the right or the extension, prewarm() later returns None."""
        with self._connect(name) as connection:
            try:
                connection.execute("CREATE EXTENSION pg_prewarm SCHEMA perflab")
            except (
                psycopg.errors.InsufficientPrivilege,
                psycopg.errors.FeatureNotSupported,
                psycopg.errors.UndefinedFile,
            ):
                pass

    def clone(self, template: str, name: str) -> None:
        """Copy a database byte for byte (210 MB in 0.1 s). Nobody may be connected to the template."""
        check_name(name)
        self.check_ours(template)
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        if self.version_num >= 150000:  # before, file_copy was the only way
            query += sql.SQL(" STRATEGY file_copy")
        with self.errors(f"cannot clone {template} to {name}"):
            self.maintenance.execute(query)
            self._sign(name)
        self._verified.add(name)

    def rename(self, name: str, to: str) -> None:
        """Give one of the lab's own databases its final name, once it is complete."""
        check_name(to)
        self.check_ours(name)
        with self.errors(f"cannot rename {name} to {to}"):
            self.maintenance.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to))
            )
        self._verified.discard(name)
        self._verified.add(to)

    def _sign(self, name: str) -> None:
        """Record who made a database, so that a later run can find out whether that process still lives."""
        self.maintenance.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(signature()))
        )

    def drop(self, name: str, *, missing_ok: bool = True) -> None:
        """Drop one of the lab's own databases, and end the connections to it.

        Args:
            name: The database.
            missing_ok: Whether to accept that there is no such database.

        Raises:
            ForeignDatabase: The lab did not make it.
            ServerError: There is no such database, or the server refuses.
        """
        check_name(name)
        limits = self._query("SELECT datconnlimit FROM pg_database WHERE datname = %s", name)
        if not limits:
            if missing_ok:
                return
            raise ServerError(f"there is no database {name}", where=self.address(), hint="see `perflab clean`")
        # -2: an earlier DROP was interrupted. Nobody can connect any more, so the lab's comment has to replace the marker.
        if limits != [(-2,)]:
            self.check_ours(name)
        elif not self.private and self._owner(name) is None:
            raise ForeignDatabase(
                f"database {name} is partly dropped and was not created by perflab", where=self.address()
            )
        with self.errors(f"cannot drop database {name}"):
            force = sql.SQL(" WITH (FORCE)" if self.version_num >= 130000 else "")
            self.maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)) + force)
        self._verified.discard(name)

    def _owner(self, name: str) -> dict[str, Any] | None:
        rows = self._query("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", name)
        return read_signature(rows[0][0]) if rows else None

    def drop_leftovers(self) -> list[str]:
        """Drop the per-run clones whose makers are gone, and return their names. Clones of other machines and live runs stay."""
        dropped = []
        for name in self.databases():
            if name.startswith(RUN_PREFIX) and NAME.fullmatch(name) and is_abandoned(self._owner(name)):
                try:
                    self.drop(name)
                    dropped.append(name)
                except ForeignDatabase:
                    continue
        return dropped

    # -- maintenance and figures ---------------------------------------------------------------------------------------

    def vacuum(self, name: str) -> None:
        """Run VACUUM (FREEZE, ANALYZE), so that the replay has no hint bits or statistics to write."""
        self.check_ours(name)
        with self.errors(f"cannot vacuum {name}"), self._connect(name) as connection:
            connection.execute("VACUUM (FREEZE, ANALYZE)")

    def prewarm(self, name: str) -> int | None:
        """Read all tables and indexes of a database into the buffers; return the number of pages, or None without pg_prewarm."""
        self.check_ours(name)
        with self.errors(f"cannot prewarm {name}"), self._connect(name) as connection:
            if connection.execute("SELECT FROM pg_extension WHERE extname = 'pg_prewarm'").fetchone() is None:
                return None
            row = connection.execute(
                "SELECT coalesce(sum(perflab.pg_prewarm(oid::regclass)), 0)::bigint FROM pg_class"
                " WHERE relkind IN ('r', 'i', 't', 'm') AND relpersistence <> 't'"
            ).fetchone()
        return int(row[0]) if row else None

    def size_bytes(self, name: str) -> int:
        """Return the size of a database in bytes. One query."""
        return int(self._query("SELECT pg_database_size(%s)", name)[0][0])

    def counters(self, name: str) -> DatabaseCounters:
        """Return the statistics of one database. One query."""
        row = self._query("SELECT blks_hit, blks_read, tup_returned FROM pg_stat_database WHERE datname = %s", name)[0]
        return DatabaseCounters(*map(int, row))

    def count_statements(self, on: bool) -> None:
        """Let a private server count each statement, or stop; 50 ms. Someone else's counts or does not, as it is set."""
        if not self.private:
            return
        with suppress(psycopg.Error):  # it has no such library: statements() then returns None
            for name, value in COUNTING[on].items():
                setting = sql.SQL(".").join(map(sql.Identifier, name.split(".")))
                self.maintenance.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(setting, sql.Literal(value)))
            self.maintenance.execute("SELECT pg_reload_conf()")
            time.sleep(RELOAD_S)

    def statements(self) -> dict[str, dict[str, int]] | None:
        """Return how often clients sent each statement, by its text without values, to each per-run clone. One query.

        None where the server does not count statements, or does not let this role read them.
        """
        try:
            if self.private:
                self.maintenance.execute(
                    sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(STATEMENTS))
                )
            rows = self.maintenance.execute(CALLS, [f"{RUN_PREFIX}%"]).fetchall()
        except psycopg.Error:
            return None
        counted: dict[str, dict[str, int]] = {}
        for database, text, calls in rows:
            counted.setdefault(str(database), {})[str(text)] = int(calls)
        return counted
