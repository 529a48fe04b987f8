"""What a round left in a database: the tables that were written to, and the rows that were written.

PostgreSQL marks every row with the transaction that wrote it, so that no trigger and no copy is needed: what came after
the clone was made has a later number. Costs a scan of each table that was written to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from perflab.servers import Postgres

# Rows that are read of one table; the first ones by primary key, the same in every cell.
MOST_ROWS = 5000

# The lab's own table, in its own schema, is none of the project's.
TABLES = """
    SELECT schemaname, relname FROM pg_stat_user_tables
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> 'perflab' ORDER BY 1, 2
"""
KEY = """
    SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
"""


@dataclass(frozen=True)
class Written:
    """One table after a round: how many rows it has, and those written since, by their primary key (JSON text)."""

    count: int
    rows: dict[str, dict[str, Any]]


def now(postgres: Postgres) -> int:
    """The number of a transaction: whatever is written later has a higher one. The same for all databases of a server."""
    with postgres.errors("cannot ask for a transaction's number"):
        row = postgres.maintenance.execute("SELECT txid_current() % 4294967296").fetchone()
    return int(row[0]) if row else 0


def written(postgres: Postgres, database: str, since: int) -> dict[str, Written]:
    """Every table of a clone that was written to after `since`, see `now`."""
    found = {}
    with postgres.errors(f"cannot read what was written to {database}"), postgres.connect(database) as connection:
        for schema, name in connection.execute(TABLES).fetchall():
            table = sql.Identifier(schema, name)
            key = [column for (column,) in connection.execute(KEY, [table.as_string(connection)]).fetchall()]
            count = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
            order = sql.SQL(", ").join(map(sql.Identifier, key)) if key else sql.SQL("t::text")
            query = sql.SQL(
                "SELECT row_to_json(t)::text FROM {} t WHERE t.xmin::text::bigint >= {} ORDER BY {} LIMIT {}"
            ).format(table, sql.Literal(since), order, sql.Literal(MOST_ROWS))
            rows = [json.loads(text) for (text,) in connection.execute(query).fetchall()]
            by_key = {json.dumps([row[column] for column in key] or row): row for row in rows}
            found[name if schema == "public" else f"{schema}.{name}"] = Written(int(count[0]) if count else 0, by_key)
    return found
