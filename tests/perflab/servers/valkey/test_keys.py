"""What is done to the keys of a cell, on a server whose other keys are somebody else's."""

from __future__ import annotations

import pytest
import redis

from perflab.errors import ServerError
from perflab.servers.valkey import KeySpace, ValkeyServer, keys
from tests.waiting import wait_until


def test_only_keys_under_the_prefix_are_deleted(valkey: ValkeyServer) -> None:
    client = valkey.client()
    own = [f"perflab[1]-{i}" for i in range(2500)]
    others = ["perflab1-1", "session:1", "perflab", "perflab[2]-1"]  # the first one would match the prefix as a pattern
    client.mset(dict.fromkeys([*own, *others], "x"))
    client.config_resetstat()
    assert keys.delete_prefix(client, "perflab[1]-", "here") == 2500
    assert client.exists(*others) == len(others)
    assert client.info("commandstats").get("cmdstat_flushdb") is None
    client.delete(*others)


def test_integers_are_read_under_the_prefix_alone(valkey: ValkeyServer) -> None:
    client = valkey.client()
    held: dict[str, int | str] = {
        "perflab[1]-a": 12,
        "perflab[1]-b": -3,
        "perflab[1]-c": "12.5",
        "perflab[1]-d": '"7"',
        "perflab1-e": 5,
    }
    client.mset(held)
    client.sadd("perflab[1]-set", "1")
    assert keys.integers(client, "perflab[1]-", "here") == {"perflab[1]-a": 12, "perflab[1]-b": -3}
    assert keys.integers(client, "perflab[3]-", "here") == {}
    client.delete(*held, "perflab[1]-set")


def test_entries_of_a_key_space_live_as_long_as_they_are_given(valkey: ValkeyServer) -> None:
    """More than a batch of them; those without an end stay without, and those of others are not touched."""
    client = valkey.client()
    many = [f"perflab[1]-{i}" for i in range(1200)]
    pipeline = client.pipeline(transaction=False)
    for key in [*many, "perflab1-x", "perflab[2]-x"]:
        pipeline.set(key, "x", pxat=4_000_000_000_000)
    pipeline.set("perflab[1]-endless", "x")
    pipeline.set("perflab[1]-over", "x", pxat=4_100_000_000_000)
    pipeline.execute()
    ends: list[int] = []

    def left_ms(ends_ms: int) -> int:
        ends.append(ends_ms)
        return 500_000 if ends_ms == 4_000_000_000_000 else -5

    space = KeySpace(valkey.url(), "perflab[1]-")
    assert keys.end_anew(space, left_ms, "here") == 1201
    assert sorted(ends) == [4_000_000_000_000] * 1200 + [4_100_000_000_000]
    left = [client.pttl(key) for key in (many[0], many[-1])]
    assert all(400_000 < ms <= 500_000 for ms in left)
    assert client.pexpiretime("perflab[1]-endless") == -1
    assert {client.pexpiretime(key) for key in ("perflab1-x", "perflab[2]-x")} == {4_000_000_000_000}
    wait_until(lambda: not client.exists("perflab[1]-over"), 5, "what is over goes at once")
    client.delete(*many, "perflab1-x", "perflab[2]-x", "perflab[1]-endless")


def test_only_the_key_spaces_whose_names_begin_so_are_given_another_time(valkey: ValkeyServer) -> None:
    names = ("9 all_on 0", "9 all_on 1", "9 all_off 0", "8 all_on 0")
    clients = {name: redis.Redis.from_url(valkey.key_space(name).url) for name in names}
    try:
        for client in clients.values():
            client.set("a", "x", pxat=4_000_000_000_000)
            client.set("endless", "x")
        assert valkey.end_anew("9 all_on ", lambda ends_ms: ends_ms - 3_999_999_000_000) == 2
        changed = {name: client.pexpiretime("a") < 4_000_000_000_000 for name, client in clients.items()}
        assert changed == {"9 all_on 0": True, "9 all_on 1": True, "9 all_off 0": False, "8 all_on 0": False}
        assert valkey.end_anew("7 ", lambda ends_ms: 1) == 0
    finally:
        valkey.forget()
        for client in clients.values():
            client.close()


def test_a_server_that_does_not_respond_is_an_error() -> None:
    with pytest.raises(ServerError, match=r"cannot change the time of keys: .*is it running"):
        keys.end_anew(KeySpace("unix:///nowhere/valkey.sock", "perflab-"), lambda ends_ms: 1, "here")


@pytest.mark.parametrize("prefix", ["", "*", "session:"])
def test_a_prefix_that_is_not_the_labs_is_refused(valkey: ValkeyServer, prefix: str) -> None:
    with pytest.raises(ServerError, match="is not perflab's own"):
        keys.delete_prefix(valkey.client(), prefix, "here")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("redis://host:6379/0", "redis://host:6379/0?client_name=x"),
        ("unix:///run/v.sock?db=3", "unix:///run/v.sock?db=3&client_name=x"),
        ("rediss://:p%40ss@host/1?ssl_cert_reqs=none", "rediss://:p%40ss@host/1?ssl_cert_reqs=none&client_name=x"),
    ],
)
def test_a_url_keeps_all_of_its_parts(url: str, named: str) -> None:
    assert keys.with_query(url, client_name="x") == named
