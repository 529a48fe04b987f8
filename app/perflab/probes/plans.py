"""Plans: how a database answers a query, with the time it takes. Only what reads is executed."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from perflab.servers.connections import Connection

LONGEST = "5s"
READS = ("select", "with", "values", "table")


@dataclass(frozen=True, slots=True)
class Explained:
    """A plan as PostgreSQL gives it in JSON; `seconds` to execute it, None where it was only planned."""

    plan: dict[str, Any]
    seconds: float | None

    @property
    def text(self) -> str:
        return json.dumps(self.plan, ensure_ascii=False)


def explain(connection: Connection, statement: str, times: int = 1) -> Explained | None:
    """The plan of a complete statement; the median time of `times` executions, in a transaction that can only read.

    What cannot be executed so (it writes, it locks rows, it takes more than 5 s) is only planned; None for what has no plan.
    """
    if statement.lstrip(" (").lower().startswith(READS):
        executed = [_asked(connection, statement, "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON") for _ in range(times)]
        known = [one for one in executed if one is not None]
        if known:
            seconds = statistics.median(float(one["Execution Time"]) for one in known) / 1e3
            return Explained(known[-1]["Plan"], seconds)
    planned = _asked(connection, statement, "FORMAT JSON")
    return None if planned is None else Explained(planned["Plan"], None)


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
