"""What is in a filled database: the number of rows of each model, and the newest moment, by the database's own types."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from perflab.seeding.copying.sqlite import columns_of
from perflab.seeding.masking.fields import Field
from perflab.seeding.masking.rules import Column
from perflab.servers.database import quoted

# Django writes into it when it migrates the copy.
NOT_DATA = frozenset({"django_migrations"})
POSTGRES_COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'perflab')
    ORDER BY c.oid, a.attnum
"""


def columns(connection: Any, *, is_sqlite: bool) -> list[Column]:
    """Return the columns of a database's tables.

    Args:
        connection: A connection to it: psycopg's or sqlite3's.
        is_sqlite: Whether it is one of SQLite's.
    """
    if is_sqlite:
        return list(columns_of(connection))
    rows = connection.execute(POSTGRES_COLUMNS).fetchall()
    return [Column(table, name, type_, schema) for schema, table, name, type_ in rows]


def rows_of(connection: Any, fields: Iterable[Field], there: Sequence[Column]) -> dict[str, int]:
    """Return the number of rows of each model that has any. A query for each table.

    Args:
        connection: A connection to the database.
        fields: The fields of the models.
        there: The columns of the database.
    """
    tables: dict[str, str] = {}
    for field in fields:
        model = field.label.rpartition(".")[0]
        column = next((column for column in there if _is_table_of(field, column)), None)
        if column is not None:
            tables.setdefault(model, _name(column))
    counts = {
        model: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for model, table in tables.items()
    }
    return {model: count for model, count in counts.items() if count}


def newest_moment(connection: Any, there: Sequence[Column], now: dt.datetime, zone: str) -> dt.datetime | None:
    """Return the newest moment that is not in the future, in UTC, rounded up to a second; None where there is none.

    A query for each table that has columns of dates or times.

    Args:
        connection: A connection to the database.
        there: The columns of the database.
        now: The moment from which on values are in the future.
        zone: The time zone of values that have none.
    """
    by_table: dict[str, list[Column]] = {}
    for column in there:
        if column.table not in NOT_DATA and re.match(r"date($|time)|timestamp", column.type, re.IGNORECASE):
            by_table.setdefault(_name(column), []).append(column)
    newest = None
    for table, dated in by_table.items():
        values = []
        for column in dated:
            name, limit = quoted(column.name), _limit(column, now, zone)
            values.append(f"CAST(max(CASE WHEN {name} <= '{limit}' THEN {name} END) AS text)")
        row = connection.execute(f"SELECT {', '.join(values)} FROM {table}").fetchone()
        moments = [moment for value in row if value is not None and (moment := _moment(value, zone)) is not None]
        newest = max([*moments, *([newest] if newest else [])], default=None)
    if newest is None:
        return None
    return newest.replace(microsecond=0) + dt.timedelta(seconds=1 if newest.microsecond else 0)


def _limit(column: Column, now: dt.datetime, zone: str) -> str:
    if "with time zone" in column.type:
        return now.isoformat()
    local = now.astimezone(ZoneInfo(zone))
    return local.strftime("%Y-%m-%d" if column.type.lower() == "date" else "%Y-%m-%d %H:%M:%S")


def _moment(value: str, zone: str) -> dt.datetime | None:
    """Return a value as a moment; a day is its beginning. SQLite takes any text for a date, and PostgreSQL has infinite ones."""
    try:
        moment = dt.datetime.fromisoformat(value)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def zone_of(settings: Mapping[str, Any]) -> str:
    """Return the time zone of values in the database that have none.

    Args:
        settings: The project's settings.
    """
    return "UTC" if settings.get("USE_TZ", True) else str(settings.get("TIME_ZONE") or "UTC")


def _is_table_of(field: Field, column: Column) -> bool:
    return field.table == column.table and field.schema in (None, column.schema)


def _name(column: Column) -> str:
    return f"{quoted(column.schema)}.{quoted(column.table)}" if column.schema else quoted(column.table)
