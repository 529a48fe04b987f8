"""Plans: how a database answers a query, with the time it takes. Only what reads is executed."""

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

LONGEST = "5s"
READS = ("select", "with", "values", "table")


@dataclass(frozen=True, slots=True)
class Explained:
    """A plan: PostgreSQL's in JSON, SQLite's as lines. `seconds` to execute it, None where it was only planned."""

    plan: dict[str, Any] | list[str]
    seconds: float | None

    @property
    def text(self) -> str:
        return json.dumps(self.plan, ensure_ascii=False)


def explain(connection: Any, statement: str, times: int = 1) -> Explained | None:
    """The plan of a complete statement; the median time of `times` executions, in which nothing can be written.

    What cannot be executed so (it writes, it locks rows, PostgreSQL takes more than 5 s) is only planned; None for what has no
    plan. `connection`: psycopg's or sqlite3's, in autocommit mode.
    """
    reads = statement.lstrip(" (").lower().startswith(READS)
    if isinstance(connection, sqlite3.Connection):
        return _of_sqlite(connection, statement, times if reads else 0)
    if reads:
        known: list[dict[str, Any]] = []
        for _ in range(times):
            one = _asked(connection, statement, "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON")
            if one is None:  # what takes too long once is not asked again
                break
            known.append(one)
        if known:
            seconds = statistics.median(float(one["Execution Time"]) for one in known) / 1e3
            return Explained(known[-1]["Plan"], seconds)
    planned = _asked(connection, statement, "FORMAT JSON")
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
    except sqlite3.Error:
        return None
    finally:
        connection.execute("PRAGMA query_only = 0")
    return Explained(plan, statistics.median(taken) if taken else None) if plan else None


def _asked(connection: Connection, statement: str, options: str) -> dict[str, Any] | None:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(LONGEST)))
            # The statement is the project's own, complete with its values: nothing is put into it.
            row = connection.execute(f"EXPLAIN ({options}) {statement}".encode()).fetchone()
    except psycopg.Error:
        return None
    found: dict[str, Any] | None = row[0][0] if row else None
    return found
