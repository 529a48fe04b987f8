"""The clock of a clone on PostgreSQL: what its own objects ask for.

Defaults of columns, views, and functions of triggers ask for the time without a statement of the project's that says so. In
the clone, and only there, they are made to call functions of the schema perflab_clock, which read the setting perflab.now of the
session; it is set before each Step, outside the clocks, and only where the clone has such objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from perflab.worker.clock.sql import POSTGRESQL, TYPES, postgresql_functions
from perflab.worker.clock.trace import AHEAD_SETTING, NOW_SETTING, ShownClock

SCHEMA = "perflab_clock"
PREFIX = "perflab_"  # of the databases that are the lab's
NAMES = (
    "now", "statement_timestamp", "transaction_timestamp", "clock_timestamp", "current_timestamp", *TYPES,
)  # fmt: skip
BODY = (
    "SELECT coalesce(pg_catalog.to_timestamp(nullif("
    f"pg_catalog.current_setting('{NOW_SETTING}', true), '')::pg_catalog.float8), pg_catalog.statement_timestamp() + "
    f"pg_catalog.make_interval(secs => coalesce(nullif(pg_catalog.current_setting('{AHEAD_SETTING}', true), ''), '0')"
    "::pg_catalog.float8))"
)
# Objects of the project's own: not of the system's schemas, and not of an extension.
_OWN = r"""n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'perflab', 'perflab_clock') AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = '{catalog}'::regclass AND d.objid = {oid} AND d.deptype = 'e')"""
_OWN_TABLE = _OWN.format(catalog="pg_class", oid="c.oid")
# The beginning of a statement that changes an object, the text that may ask for the time, and the object's name.
DEFAULTS = f"""
    SELECT format('ALTER TABLE %I.%I ALTER COLUMN %I SET DEFAULT ', n.nspname, c.relname, a.attname),
           pg_get_expr(e.adbin, e.adrelid), format('the default of %s.%s', c.relname, a.attname)
    FROM pg_attrdef e JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
    JOIN pg_class c ON c.oid = e.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attgenerated = '' AND {_OWN_TABLE}"""
VIEWS = f"""
    SELECT format('CREATE OR REPLACE VIEW %I.%I AS ', n.nspname, c.relname), pg_get_viewdef(c.oid),
           format('the view %s', c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND {_OWN_TABLE} ORDER BY c.oid"""
FUNCTIONS = f"""
    SELECT '', pg_get_functiondef(p.oid), format('the function %s', p.proname)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE p.prokind IN ('f', 'p') AND l.lanname IN ('sql', 'plpgsql') AND {_OWN.format(catalog="pg_proc", oid="p.oid")}"""
# What is only looked at: it is left as it is, and named.
LEFT = f"""
    SELECT pg_get_viewdef(c.oid), format('the materialised view %s', c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {_OWN_TABLE}
    UNION ALL SELECT pg_get_expr(p.polqual, p.polrelid), format('the policy %s', p.polname) FROM pg_policy p"""


class PostgresClock:
    """Keeps the clones' own objects in trace time.

    Args:
        clock: The time of the trace.
        unmoved: Called with the name of an object whose clock is left as it is.
    """

    def __init__(self, clock: ShownClock, unmoved: Callable[[str], None] = lambda name: None) -> None:
        self._clock = clock
        self._unmoved = unmoved
        self._connections: dict[str, Any] = {}

    def prepare(self, connection: Any) -> None:
        """Make a clone's own objects ask for the time of the trace; 10 ms, once for each alias. Only a clone is changed.

        Args:
            connection: Django's connection to it.
        """
        if connection.vendor != "postgresql" or not str(connection.settings_dict.get("NAME")).startswith(PREFIX):
            return
        from django.db import DatabaseError

        # A connection of its own: what a backend did before shows in how fast it is later.
        own = connection.copy()
        try:
            with own.cursor() as cursor:
                own.set_autocommit(True)  # each statement by itself: one that fails leaves nothing behind
                cursor.execute(
                    _own("SELECT pg_advisory_lock(hashtext(current_database()))")
                )  # workers may share a clone
                try:
                    self._move(cursor)
                finally:
                    cursor.execute(_own("SELECT pg_advisory_unlock(hashtext(current_database()))"))
                cursor.execute(_own(f"SELECT to_regnamespace('{SCHEMA}') IS NOT NULL"))
                has_own = cursor.fetchone()[0]
        except DatabaseError:
            self._unmoved(f"what the database {connection.alias} itself asks for")
            return
        finally:
            own.close()
        if has_own:
            self._connections[connection.alias] = connection
            self.tell(connection)

    def _move(self, cursor: Any) -> None:
        changes = list(self._changes(cursor))
        if changes:
            self._create(cursor)
        for statement, name in changes:
            if not self._made(cursor, statement):
                self._unmoved(name)

    def _changes(self, cursor: Any) -> Iterator[tuple[str, str]]:
        """Yield a statement for each object that asks for the time, and the object's name."""
        for query in (DEFAULTS, VIEWS, FUNCTIONS):
            cursor.execute(_own(query))
            for begin, text, name in cursor.fetchall():
                moved = postgresql_functions(text, SCHEMA) if query is not FUNCTIONS else _of_function(text)
                if moved != text:
                    yield begin + moved, name
        cursor.execute(_own(LEFT))
        for text, name in cursor.fetchall():
            if text and any(match["call"] or match["word"] for match in POSTGRESQL.finditer(text)):
                self._unmoved(name)

    def _create(self, cursor: Any) -> None:
        cursor.execute(_own(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        cursor.execute(_own(f"GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC"))
        for name in NAMES:
            kind = TYPES.get(name, "timestamptz")
            cursor.execute(
                f'CREATE OR REPLACE FUNCTION {SCHEMA}."{name}"() RETURNS {kind} LANGUAGE sql STABLE PARALLEL SAFE '
                f"AS $${BODY}::{kind}$$"
            )

    def _made(self, cursor: Any, statement: str) -> bool:
        from django.db import DatabaseError

        try:
            cursor.execute(_own(statement))
        except DatabaseError:
            return False
        return True

    def connected(self, connection: Any) -> None:
        """Tell a new connection to a clone that has such objects what time it is."""
        if connection.alias in self._connections:
            self._connections[connection.alias] = connection
            self.tell(connection)

    def step(self) -> None:
        """Tell all connections what time it is; a round trip for each that has such objects, outside the clocks."""
        for connection in self._connections.values():
            self.tell(connection)

    def tell(self, connection: Any) -> None:
        """Set the session's time; a connection in the middle of something is left alone."""
        driver = connection.connection
        if driver is None or connection.in_atomic_block or connection.needs_rollback:
            return
        # A connection that is gone or failed: the project finds out by itself.
        with suppress(Exception), driver.cursor() as cursor:
            name, value = self._clock.setting
            cursor.execute(f"SELECT set_config('{name}', '{value!r}', false)")


def _own(sql: str) -> str:
    """Return a statement with a mark by which the count of the project's statements leaves it out (observe/statements.py)."""
    verb, _, rest = sql.strip().partition(" ")
    return f"{verb} /* perflab.clock */ {rest}"


def _of_function(text: str) -> str:
    """Return a function's definition with its body in trace time; the body stands between dollar quotes."""
    head, quote, body = text.partition("AS $")
    if not quote:
        return text
    tag, _, rest = body.partition("$")
    source, end, tail = rest.rpartition(f"${tag}$")
    return f"{head}AS ${tag}${postgresql_functions(source, SCHEMA)}{end}{tail}"
