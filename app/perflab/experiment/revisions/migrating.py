"""The schema of one side, brought forward to that of the other, as a deployment does it: which migrations, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from time import perf_counter
from typing import Any

from perflab.scenario.subject.calls import in_project
from perflab.scenario.subject.tables import MIGRATIONS, make_tables

# Those that make others wait: they conflict with what reading or writing a table takes.
LOCKS = """
    SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE l.pid = pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
      AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
FILES = """
    SELECT c.relname, pg_relation_filenode(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""


@dataclass
class Migration:
    """Hold what a migration did to the data.

    Attributes:
        name: Its name, such as shop.0004_order_total; with its alias in another database than `default`.
        seconds: How long it took.
        locks: For each table that others had to wait for, the strongest lock on it.
        rewritten: The tables whose files it wrote anew.
        queries: How many statements it sent.
    """

    name: str
    seconds: float = 0.0
    locks: dict[str, str] = field(default_factory=dict)
    rewritten: list[str] = field(default_factory=list)
    queries: int = 0


DEFAULT = "default"
# Statements that note in a database that a migration was applied, which is done wherever it does nothing else.
RECORDING = 2
STRENGTH = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")


@in_project
def migration_names() -> list[str]:
    """Return the names of all migrations of the installed apps, such as shop.0001_initial; reads no database."""
    from django.db.migrations.loader import MigrationLoader

    return sorted(f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


@in_project
def migrate_forward(how: str = MIGRATIONS, alias: str = "default") -> list[dict[str, Any]]:
    """Run the migrations that a database lacks, and return what each did; one that is not for this database does nothing.

    It costs a look at its locks for each statement.

    Args:
        how: What the tables were made from; those made from models cannot be migrated.
        alias: Django's alias of the database.

    Raises:
        SubjectError: A migration fails; the message names it.
    """
    with _observed(alias) as applied:
        make_tables(how, alias)
    did = [each for each in applied if alias == DEFAULT or each.queries > RECORDING]
    return [asdict(replace(each, name=each.name if alias == DEFAULT else f"{each.name} ({alias})")) for each in did]


@contextmanager
def _observed(alias: str) -> Iterator[list[Migration]]:
    """Watch the migrations that are applied meanwhile."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    connection = connections[alias]
    executor: Any = MigrationExecutor
    apply = executor.apply_migration
    applied: list[Migration] = []

    def observed(self: Any, state: Any, migration: Any, *arguments: Any, **options: Any) -> Any:
        applied.append(Migration(f"{migration.app_label}.{migration.name}"))
        before = _files(connection)
        began = perf_counter()
        with connection.execute_wrapper(_watching(connection, applied[-1])):
            result = apply(self, state, migration, *arguments, **options)
        applied[-1].seconds = round(perf_counter() - began, 4)
        after = _files(connection)
        applied[-1].rewritten = sorted(name for name, file in before.items() if after.get(name, file) != file)
        return result

    executor.apply_migration = observed
    try:
        yield applied
    finally:
        executor.apply_migration = apply


def _watching(connection: Any, migration: Migration) -> Any:
    """Return a wrapper that notes the statement, and the locks that the transaction holds after it."""

    def watch(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        migration.queries += 1
        if connection.vendor == "postgresql" and connection.in_atomic_block:
            with connection.connection.cursor() as cursor:  # the driver's own, which passes no wrapper
                cursor.execute(LOCKS)
                for table, mode in cursor.fetchall():
                    if STRENGTH.index(mode) >= STRENGTH.index(migration.locks.get(table, STRENGTH[0])):
                        migration.locks[table] = mode
        return result

    return watch


def _files(connection: Any) -> dict[str, int]:
    """Return the file of each table, by its name: a table that is rewritten gets another one."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FILES)
        return dict(cursor.fetchall())
