"""What one request did, as far as it tells whether doing it again would change anything."""

from __future__ import annotations

import pytest

from perflab.worker.probes.operation import Operation
from perflab.worker.warming.seen import Seen, keys_of


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('SELECT "a"."id" FROM "a" WHERE "a"."id" = %s FOR UPDATE', set()),
        ('INSERT INTO "shop_order" ("id") VALUES (%s) RETURNING "id"', {"shop_order"}),
        ('UPDATE ONLY "Public"."Shop" SET x = 1', {"shop"}),
        ("DELETE FROM only_here WHERE id = 1", {"only_here"}),
        ('WITH gone AS (DELETE FROM "a" RETURNING *) INSERT INTO "b" SELECT * FROM gone', {"a", "b"}),
        ("TRUNCATE TABLE a", {"a"}),
        ("CALL refresh_all()", {""}),
        ("SAVEPOINT s1", set()),
    ],
)
def test_the_tables_that_a_statement_writes(sql: str, tables: set[str]) -> None:
    assert Seen(statements=[sql]).written == tables


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (("GET", b"a"), ["a"]),
        (("SET", "a", "value", "PX", 5), ["a"]),
        (("mget", "a", b"b"), ["a", "b"]),
        (("EVALSHA", "abc", 2, "a", "b", "argument"), ["a", "b"]),
        (("FLUSHDB",), []),
    ],
)
def test_the_keys_that_a_command_names(command: tuple[object, ...], keys: list[str]) -> None:
    assert keys_of((None, command)) == keys


def get(key: str, hit: bool) -> Operation:
    return Operation("get", key, hit)


def test_a_hit_is_pure_if_it_only_looked_up_and_counted() -> None:
    assert Seen([get("a", True)], ["SELECT 1"], [(None, ("GET", "a"))]).is_pure_hit
    assert Seen([get("a", True)], [], [(None, ("GET", "a")), (None, ("INCR", "n"))]).is_pure_hit
    assert Seen([get("a", True), Operation("incr", "n")], [], [(None, ("EVAL", "script", 1, "n", 1))]).is_pure_hit


@pytest.mark.parametrize(
    "seen",
    [
        Seen(),
        Seen([get("a", True), get("b", False)]),
        Seen([get("a", True), Operation("set", "a", ttl_s=5)]),
        Seen([get("a", True)], ['UPDATE "a" SET x = 1']),
        Seen([get("a", True)], [], [(None, ("EXPIRE", "a", 5))]),
        Seen([get("a", True), Operation("incr", "n")]),
    ],
)
def test_anything_else_is_not(seen: Seen) -> None:
    assert not seen.is_pure_hit


def test_a_command_that_no_cache_was_told_of_is_unseen() -> None:
    looked = Seen([get("a", True)], [], [(None, ("GET", "a")), (None, ("GET", "b")), (None, ("EXPIRE", "a", 1))])
    assert [command for _, command in looked.unseen] == [("GET", "b"), ("EXPIRE", "a", 1)]
    stored = Seen(
        [Operation("set", "a"), Operation("delete", "b")], [], [(None, ("SET", "a", "x")), (None, ("DEL", "b"))]
    )
    assert stored.unseen == []
