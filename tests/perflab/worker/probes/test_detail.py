"""Queries one by one, and where each came from."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache

from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.detail import Recorder, source_of

HERE = Path(__file__).resolve()
# Of a database's backend: what was sent, values and all.
OPS = SimpleNamespace(last_executed_query=lambda cursor, sql, params: f"sent {sql}")


def test_the_nearest_line_of_the_project_is_the_source() -> None:
    source, relation = source_of(sys._getframe(), HERE.parents[4])
    assert source is not None and relation is None
    path, _, rest = source.partition(":")
    assert path == "tests/perflab/worker/probes/test_detail.py"
    assert rest.endswith("test_the_nearest_line_of_the_project_is_the_source")


def test_of_a_file_outside_the_project_the_name_alone_is_reported(tmp_path: Path) -> None:
    source, _ = source_of(sys._getframe(), tmp_path)
    assert source is not None and source.startswith("test_detail.py:")


def test_without_a_line_of_the_project_nothing_is_known() -> None:
    assert source_of(None, HERE.parent) == (None, None)


def test_queries_are_recorded_between_begin_and_end_alone() -> None:
    connection = SimpleNamespace(execute_wrappers=[], ops=OPS)
    recorder = Recorder(connection, CacheProbe(), HERE.parents[4])
    recorder.begin()
    (wrap,) = connection.execute_wrappers
    cursor = SimpleNamespace(rowcount=3)
    assert wrap(lambda *args: "done", "SELECT 1", (), False, {"cursor": cursor}) == "done"
    with pytest.raises(ValueError, match="no such table"):
        wrap(_failing, "SELECT 2", (), False, {"cursor": SimpleNamespace(rowcount=-1)})
    first, second = recorder.end().queries
    assert connection.execute_wrappers == []
    assert (first.sql, first.rows) == ("SELECT 1", 3)
    assert first.seconds >= 0 and first.source is not None and "test_detail.py" in first.source
    assert second.rows is None, "unknown, not 0"
    recorder.begin()
    assert recorder.end().queries == []


def test_cache_operations_are_recorded_with_what_they_are_about() -> None:
    cache = LocMemCache("detail", {"TIMEOUT": 300, "KEY_PREFIX": "perflab:0a1b2c:3:all_on:shop"})
    probe = CacheProbe()
    probe.wrap(cache)
    connection = SimpleNamespace(execute_wrappers=[], in_atomic_block=False)
    recorder = Recorder(connection, probe, HERE.parents[4])
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


def test_a_relation_is_named_by_the_descriptor_that_follows_it() -> None:
    """Django's own file name marks its frames; what is on it says which relation it is."""
    meta = SimpleNamespace(label="shop.Order")
    forward = SimpleNamespace(field=SimpleNamespace(model=SimpleNamespace(_meta=meta), name="buyer"))
    back = SimpleNamespace(
        field=None, related=SimpleNamespace(model=SimpleNamespace(_meta=meta), get_accessor_name=lambda: "items")
    )
    assert _asked_through(forward) == "shop.Order.buyer"
    assert _asked_through(back) == "shop.Order.items"
    assert _asked_through(object()) is None


def _asked_through(descriptor: Any) -> str | None:
    code = compile("def follow(self, ask): return ask()", "django/db/models/fields/related_descriptors.py", "exec")
    space: dict[str, Any] = {}
    exec(code, space)
    call: tuple[str | None, str | None] = space["follow"](
        descriptor, lambda: source_of(sys._getframe().f_back, HERE.parents[4])
    )
    return call[1]


def _failing(*args: Any) -> None:
    raise ValueError("no such table")
