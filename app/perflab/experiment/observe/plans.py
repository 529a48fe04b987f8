"""Query plans, with the time of the query. Only queries that read are executed."""

from __future__ import annotations

import json
import sqlite3
import statistics
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import psycopg
from psycopg import sql

from perflab.servers.connections import Connection

STATEMENT_TIMEOUT = "5s"
# From version 17 on PostgreSQL also turns the rows into what it would send: without that, sorting out and reading large values
# that it keeps outside of the table takes no time at all.
EXECUTED = "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON"
SERIALIZED = f"{EXECUTED}, SERIALIZE TEXT"
SERIALIZES_SINCE = 170_000
READS = ("select", "with", "values", "table")


@dataclass(frozen=True, slots=True)
class Explained:
    """Hold a plan: PostgreSQL's in JSON, SQLite's as lines. `seconds` to execute it, None where it was only planned."""

    plan: dict[str, Any] | list[str]
    seconds: float | None

    @property
    def text(self) -> str:
        """Return the plan as JSON text."""
        return json.dumps(self.plan, ensure_ascii=False)


def explain(connection: Any, statement: str, times: int = 1) -> Explained | None:
    """Return the plan of a complete statement, and the median time of some executions, in which nothing can be written.

    A statement that cannot be executed like that (it writes, it locks rows, PostgreSQL takes more than 5 s) is only planned.

    Args:
        connection: psycopg's or sqlite3's, in autocommit mode.
        statement: SQL with its values.
        times: Number of executions.

    Returns:
        None for a statement without a plan.
    """
    reads = statement.lstrip(" (").lower().startswith(READS)
    if isinstance(connection, sqlite3.Connection):
        return _of_sqlite(connection, statement, times if reads else 0)
    if reads:
        executed: list[dict[str, Any]] = []
        options = SERIALIZED if connection.info.server_version >= SERIALIZES_SINCE else EXECUTED
        for _ in range(times):
            explained = _explain(connection, statement, options)
            if explained is None:  # a statement that takes too long is not repeated
                break
            executed.append(explained)
        if executed:
            seconds = statistics.median(float(execution["Execution Time"]) for execution in executed) / 1e3
            return Explained(executed[-1]["Plan"], seconds)
    planned = _explain(connection, statement, "FORMAT JSON")
    return None if planned is None else Explained(planned["Plan"], None)


def _of_sqlite(connection: sqlite3.Connection, statement: str, times: int) -> Explained | None:
    connection.execute("PRAGMA query_only = 1")
    try:
        plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        taken = []
        for _ in range(times):
            began = perf_counter()
            connection.execute(statement).fetchall()
            taken.append(perf_counter() - began)
    except (sqlite3.Error, sqlite3.Warning, ValueError):  # ValueError: a text that cannot be encoded
        return None
    finally:
        connection.execute("PRAGMA query_only = 0")
    return Explained(plan, statistics.median(taken) if taken else None) if plan else None


def _explain(connection: Connection, statement: str, options: str) -> dict[str, Any] | None:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(STATEMENT_TIMEOUT)))
            # The statement is the project's own, complete with its values: nothing is interpolated.
            row = connection.execute(f"EXPLAIN ({options}) {statement}".encode()).fetchone()
    except (psycopg.Error, ValueError):  # ValueError: a text that cannot be encoded
        return None
    explained: dict[str, Any] | None = row[0][0] if row else None
    return explained
