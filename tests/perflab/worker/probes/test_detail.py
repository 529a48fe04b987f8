"""Queries one by one, and where each came from."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections

from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.connections import Connections
from perflab.worker.probes.detail import Recorder, statement_of

HERE = Path(__file__).resolve()


class Connection:
    """As much of Django's connection as is recorded."""

    def __init__(self, ops: Any = None) -> None:
        self.connection: Any = object()
        self.execute_wrappers: list[Any] = []
        self.in_atomic_block = False
        self.settings_dict = {"NAME": connections.settings["default"]["NAME"]}
        # what was sent, values and all
        self.ops = ops or SimpleNamespace(last_executed_query=lambda cursor, sql, params: f"sent {sql}")

    def _close(self) -> None:
        """Close."""


def recording(*connections: Connection) -> Recorder:
    every = Connections()
    for connection in connections:
        every.opened(connection)
    return Recorder(every, CacheProbe(), HERE.parents[4])


def test_queries_are_recorded_between_begin_and_end_alone() -> None:
    connection, other = Connection(), Connection()
    recorder = recording(connection, other)
    recorder.begin()
    (wrap,) = connection.execute_wrappers
    assert other.execute_wrappers == [wrap], "every alias and thread"
    cursor = SimpleNamespace(rowcount=3)
    assert wrap(lambda *args: "done", "SELECT 1", (), False, {"cursor": cursor, "connection": connection}) == "done"
    with pytest.raises(ValueError, match="no such table"):
        wrap(_failing, "SELECT 2", (), False, {"cursor": SimpleNamespace(rowcount=-1), "connection": other})
    first, second = recorder.end().queries
    assert connection.execute_wrappers == other.execute_wrappers == []
    assert first.statement == "sent SELECT 1"
    assert (first.sql, first.rows) == ("SELECT 1", 3)
    assert first.seconds >= 0 and first.source is not None and "test_detail.py" in first.source
    assert second.rows is None, "unknown, not 0"
    recorder.begin()
    assert recorder.end().queries == []


def test_cache_operations_are_recorded_with_what_they_are_about() -> None:
    cache = LocMemCache("detail", {"TIMEOUT": 300, "KEY_PREFIX": "perflab-0a1b2c-3-shop"})
    probe = CacheProbe()
    probe.wrap(cache)
    connection, every = Connection(), Connections()
    every.opened(connection)
    recorder = Recorder(every, probe, HERE.parents[4])
    cache.get("before")
    recorder.begin()
    cache.get("a")
    cache.set("a", 1, 60)
    cache.set_many({"b": 1}, None)
    cache.get_many(["a", "c"])
    connection.in_atomic_block = True
    cache.delete("a")
    operations = recorder.end().operations
    cache.get("after")
    assert [(operation.name, operation.key, operation.hit, operation.ttl_s) for operation in operations] == [
        ("get", "shop:1:a", False, None),
        ("set", "shop:1:a", None, 60.0),
        ("set", "shop:1:b", None, None),
        ("get", "shop:1:a", True, None),
        ("get", "shop:1:c", False, None),
        ("delete", "shop:1:a", None, None),
    ]
    assert [operation.in_transaction for operation in operations] == [False] * 5 + [True]
    assert all(operation.source is not None and "test_detail.py" in operation.source for operation in operations)
    assert {operation.bytes for operation in operations} == {None}, "this backend cannot be asked: unknown, not 0"


def test_a_value_that_is_found_and_counted_on_is_recorded_as_such() -> None:
    cache, probe = LocMemCache("counted on", {"TIMEOUT": 300}), CacheProbe()
    probe.wrap(cache)
    recorder = Recorder(Connections(), probe, HERE.parents[4])
    cache.set_many({"hits": 1, "recent": [3, 2], "page": "<p>old</p>", "last": 5})
    recorder.begin()
    cache.set("hits", cache.get("hits") + 1)
    recent = cache.get_many(["recent"])["recent"]
    recent.insert(0, 4)
    cache.set_many({"recent": recent})
    cache.get("page")
    cache.set("page", "<p>new</p>")
    cache.set("last", 6)
    counts = {operation.key: operation.counts for operation in recorder.end().operations if operation.name == "set"}
    assert counts == {":1:hits": True, ":1:recent": True, ":1:page": False, ":1:last": False}
    recorder.begin()
    cache.set("hits", 3)
    (operation,) = recorder.end().operations
    assert operation.counts is False, "another request found it"


@pytest.mark.parametrize(
    ("sql", "params", "statement"),
    [
        (
            "SELECT name FROM t WHERE name LIKE 'Item 1%' AND id = %s",
            [7],
            "SELECT name FROM t WHERE name LIKE 'Item 1%' AND id = 7",
        ),
        ("SELECT '100 %%' FROM t WHERE n = %s", ["a%b's"], "SELECT '100 %' FROM t WHERE n = 'a%b''s'"),
        ("SELECT 5 % 3", None, "SELECT 5 % 3"),
        ("SELECT %(a)s || '%'", {"a": 1}, None),
        ("SELECT id % %s FROM t", [3, 4], None),
        ("SELECT %s", [object()], None),
        ("SELECT \ud83d", None, "SELECT ?"),
    ],
)
def test_no_statement_breaks_its_request(sql: str, params: Any, statement: str | None, django_db_blocker: Any) -> None:
    from django.db.backends.sqlite3.base import DatabaseWrapper

    connection = DatabaseWrapper({**connections.settings["default"], "NAME": ":memory:", "OPTIONS": {}}, "recorded")
    with django_db_blocker.unblock():
        connection.ensure_connection()
    connection.settings_dict = {**connection.settings_dict, "NAME": connections.settings["default"]["NAME"]}
    recorder = recording(cast(Any, connection))
    recorder.begin()
    try:
        (wrap,) = connection.execute_wrappers
        assert wrap(lambda *args: "done", sql, params, False, {"connection": connection, "cursor": None}) == "done"
    finally:
        (query,) = recorder.end().queries
        connection.close()
    assert query.statement == statement
    query.sql.encode()


def test_what_sqlite_runs_without_django_is_recorded_as_such(django_db_blocker: Any) -> None:
    from django.db.backends.sqlite3.base import DatabaseWrapper

    connection = DatabaseWrapper({**connections.settings["default"], "NAME": ":memory:", "OPTIONS": {}}, "recorded")
    with django_db_blocker.unblock():
        connection.ensure_connection()
    recorder = recording(cast(Any, connection))
    recorder.begin()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT %s", [1])
    connection.connection.execute("SELECT 'raw'")
    connection.connection.execute("BEGIN")
    connection.connection.commit()
    recorded = recorder.end()
    connection.connection.execute("SELECT 'after'")
    connection.close()
    assert [query.sql for query in recorded.queries] == ["SELECT %s"]
    assert recorded.bypassing == ["SELECT 'raw'"]


def test_a_statement_for_another_database_has_no_plan_here() -> None:
    connection = Connection()
    connection.settings_dict = {"NAME": "log"}
    assert statement_of({"connection": connection, "cursor": None}, "SELECT 1", ()) is None


def test_an_object_of_the_projects_that_fails_breaks_nothing() -> None:
    class Hostile:
        @property
        def field(self) -> Any:
            raise RuntimeError("not ready")

    connection = Connection()
    recorder = recording(connection)
    recorder.begin()
    (wrap,) = connection.execute_wrappers
    query = partial(wrap, lambda *args: "done", "SELECT 1", (), False, {"connection": connection})
    result = _through(Hostile(), query)
    assert result == "done"
    assert [query.source for query in recorder.end().queries] == [None]


def _through(descriptor: Any, call: Any) -> Any:
    code = compile("def follow(self, call): return call()", "django/db/models/fields/related_descriptors.py", "exec")
    space: dict[str, Any] = {}
    exec(code, space)
    return space["follow"](descriptor, call)


def _failing(*args: Any) -> None:
    raise ValueError("no such table")
