"""What is done to the keys of a cell, on a server whose other keys are somebody else's."""

from __future__ import annotations

import pytest

from perflab.errors import ServerError
from perflab.servers.valkey import ValkeyServer, keys


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
