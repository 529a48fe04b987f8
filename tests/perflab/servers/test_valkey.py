"""The private cache server, and the manners on somebody else's."""

import stat
from collections.abc import Iterator

import pytest

from perflab.errors import ServerError
from perflab.servers.disk.home import Home
from perflab.servers.opening import open_cache
from perflab.servers.valkey import ExternalCache, ValkeyServer


@pytest.fixture
def external(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExternalCache]:
    monkeypatch.setenv("PERFLAB_CACHE_URL", valkey.url())
    server = open_cache()
    assert isinstance(server, ExternalCache)
    with server:
        yield server


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


def test_only_keys_under_the_prefix_are_deleted(external: ExternalCache) -> None:
    client = external.client()
    own = [f"perflab[1]:{i}" for i in range(2500)]
    others = ["perflab1:1", "session:1", "perflab", "perflab[2]:1"]  # the first one would match the prefix as a pattern
    client.mset(dict.fromkeys([*own, *others], "x"))
    assert external.delete_prefix("perflab[1]:") == 2500
    assert client.exists(*others) == len(others)
    assert client.info("commandstats").get("cmdstat_flushdb") is None
    client.delete(*others)


def test_integers_are_read_under_the_prefix_alone(external: ExternalCache) -> None:
    client = external.client()
    held: dict[str, int | str] = {
        "perflab[1]:a": 12,
        "perflab[1]:b": -3,
        "perflab[1]:c": "12.5",
        "perflab[1]:d": '"7"',
        "perflab1:e": 5,
    }
    client.mset(held)
    client.sadd("perflab[1]:set", "1")
    assert external.integers("perflab[1]:") == {"perflab[1]:a": 12, "perflab[1]:b": -3}
    assert external.integers("perflab[3]:") == {}
    client.delete(*held, "perflab[1]:set")


@pytest.mark.parametrize("prefix", ["", "*", "session:"])
def test_a_prefix_that_is_not_the_labs_is_refused(external: ExternalCache, prefix: str) -> None:
    with pytest.raises(ServerError, match="is not perflab's own"):
        external.delete_prefix(prefix)


def test_an_external_server_is_used_as_it_is(external: ExternalCache, valkey: ValkeyServer) -> None:
    assert not external.private
    assert external.pid == valkey.pid  # a Unix socket of this machine: its clock can be read
    assert external.cpu_clock() is not None
    assert not external.pin([0])


@pytest.mark.parametrize("url", ["redis://:geheim@127.0.0.1:1/0", "http://:geheim@host/"])
def test_a_url_that_leads_nowhere_is_one_line_without_the_password(url: str) -> None:
    with pytest.raises(ServerError) as caught:
        ExternalCache(url).start()
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_it_leaves_nothing(home: Home) -> None:
    with ValkeyServer() as server:
        pid = server.pid
        assert pid
    assert not server.running()
    assert list(home.run.iterdir()) == []
