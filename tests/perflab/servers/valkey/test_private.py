"""The private cache server: on a socket, saving nothing, with databases of its own for each cell."""

from __future__ import annotations

import stat

import pytest
import redis

from perflab.errors import ServerError
from perflab.servers.disk.home import Home
from perflab.servers.valkey import ValkeyServer, private


def test_it_opens_no_port_and_saves_nothing(valkey: ValkeyServer) -> None:
    config = valkey.client().config_get("*")
    assert config["port"] == "0"
    assert config["save"] == ""
    assert config["appendonly"] == "no"
    assert stat.S_IMODE(valkey.folder.sockets.stat().st_mode) == 0o700
    assert valkey.version.startswith(("Valkey ", "Redis "))


def test_counters_count(valkey: ValkeyServer) -> None:
    client = valkey.client()
    client.set("perflab-counted", "x" * 1000)
    before = valkey.counters()
    client.get("perflab-counted")
    client.get("perflab-not-there")
    after = valkey.counters()
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 1)
    assert after.output_bytes - before.output_bytes > 1000
    client.delete("perflab-counted")


def test_each_key_space_is_a_database_which_a_flush_of_another_one_leaves(valkey: ValkeyServer) -> None:
    one, two = valkey.key_space("private one"), valkey.key_space("private two")
    assert one == valkey.key_space("private one") != two
    assert one.prefix == two.prefix == ""
    first, second = (redis.Redis.from_url(space.url) for space in (one, two))
    first.set("same", 1)
    second.mset({"same": 2, "text": "x"})
    assert valkey.integers()["same"] in (1, 2)
    first.flushdb()
    assert second.get("same") == b"2"
    assert valkey.integers() == {"same": 2}
    outside = valkey.client()
    outside.set("perflab-outside", 3)
    valkey.forget()
    assert second.dbsize() == 0
    assert outside.get("perflab-outside") == b"3"
    outside.delete("perflab-outside")
    first.close()
    second.close()


def test_more_key_spaces_than_databases_are_one_line(monkeypatch: pytest.MonkeyPatch, valkey: ValkeyServer) -> None:
    monkeypatch.setattr(private, "DATABASES", 1)
    with pytest.raises(ServerError, match=r"only 1 databases.*use fewer factors"):
        valkey.key_space("one too many")


def test_it_leaves_nothing(home: Home) -> None:
    with ValkeyServer() as server:
        pid = server.pid
        assert pid
    assert not server.running()
    assert list(home.run.iterdir()) == []


def test_entries_are_copied_with_their_end_and_what_is_kept_is_not_forgotten(valkey: ValkeyServer) -> None:
    source, other = valkey.key_space("0 warm 0"), valkey.key_space("0 warm 1")
    first, second = (redis.Redis.from_url(space.url) for space in (source, other))
    first.set("a", "x", px=60_000)
    first.hset("h", "field", "1")
    second.set("b", "y")
    end = first.pexpiretime("a")
    assert valkey.copy("0 warm ", "3 cell ") == 3
    target = redis.Redis.from_url(valkey.key_space("3 cell 0").url)
    assert (target.get("a"), target.pexpiretime("a"), target.hget("h", "field")) == (b"x", end, b"1")
    assert target.pexpiretime("h") == -1
    valkey.keep("0 warm ")
    valkey.forget()
    assert target.dbsize() == 0 and first.dbsize() == 2 and second.dbsize() == 1
    valkey.keep(None)
    valkey.forget()
    assert first.dbsize() == second.dbsize() == 0
    for client in (first, second, target):
        client.close()


def test_entries_are_copied_to_another_server_with_their_ends(valkey: ValkeyServer) -> None:
    space = valkey.key_space("0 moving 0")
    ours = redis.Redis.from_url(space.url)
    ours.set("endless", b"\x00raw")
    ours.set("ending", "x", pxat=4102444800000)
    ours.rpush("list", "a", "b")
    with ValkeyServer() as other:
        assert other.take(valkey, "0 moving ") == 3
        theirs = redis.Redis.from_url(other.key_space("0 moving 0").url)
        assert (theirs.get("endless"), theirs.lrange("list", 0, -1)) == (b"\x00raw", [b"a", b"b"])
        assert (theirs.pexpiretime("endless"), theirs.pexpiretime("ending")) == (-1, 4102444800000)
        assert other.take(valkey, "0 nothing ") == 0
        theirs.close()
    ours.flushdb()
    ours.close()
