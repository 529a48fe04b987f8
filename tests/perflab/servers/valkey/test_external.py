"""Manners on a cache server that is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perflab.errors import ServerError
from perflab.servers.opening import check_named_cache, open_cache
from perflab.servers.valkey import ExternalCache, ValkeyServer


@pytest.fixture
def external(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExternalCache]:
    monkeypatch.setenv("PERFLAB_CACHE_URL", valkey.url())
    server = open_cache()
    assert isinstance(server, ExternalCache)
    with server:
        yield server


def test_an_external_server_is_used_as_it_is(external: ExternalCache, valkey: ValkeyServer) -> None:
    assert not external.private
    assert external.pid == valkey.pid  # a Unix socket of this machine: its clock can be read
    assert external.cpu_clock() is not None
    assert not external.pin([0])


def test_key_spaces_have_prefixes_without_a_colon_and_nothing_else_is_deleted(external: ExternalCache) -> None:
    one, two = external.key_space("one"), external.key_space("two")
    assert one == external.key_space("one")
    assert one.prefix != two.prefix and ":" not in one.prefix
    assert one.url.startswith(external.url()) and one.url.endswith(f"client_name={one.prefix}")
    client = external.client()
    client.mset({f"{one.prefix}a": 1, f"{two.prefix}b": "text", "a": 5, "session:1": "x"})
    assert external.integers() == {f"{one.prefix}a": 1}
    external.forget()
    assert client.exists(f"{one.prefix}a", f"{two.prefix}b") == 0
    assert client.exists("a", "session:1") == 2
    client.delete("a", "session:1")


@pytest.mark.parametrize("url", ["redis://:geheim@127.0.0.1:1/0", "http://:geheim@host/"])
def test_a_url_that_leads_nowhere_is_one_line_without_the_password(url: str) -> None:
    with pytest.raises(ServerError) as caught:
        ExternalCache(url).start()
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_too_old_is_refused_in_one_line(
    external: ExternalCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExternalCache, "info", lambda self, section=None: {"redis_version": "6.2.14"})
    with pytest.raises(ServerError, match=r"Redis 6\.2\.14 is too old.*unset PERFLAB_CACHE_URL") as caught:
        ExternalCache(external.url()).start()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://x", r"PERFLAB_CACHE_URL: not a Redis URL"),
        ("redis://localhost:1/0", r"does not respond: .*refused; is it running\? PERFLAB_CACHE_URL names it"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_before_a_run(
    monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    monkeypatch.setenv("PERFLAB_CACHE_URL", url)
    with pytest.raises(ServerError, match=message):
        check_named_cache()
    monkeypatch.delenv("PERFLAB_CACHE_URL")
    check_named_cache()


def test_entries_are_copied_under_their_prefix_and_what_is_kept_is_not_forgotten(external: ExternalCache) -> None:
    source, client = external.key_space("0 warm 0"), external.client()
    client.mset({f"{source.prefix}a": "x", "a": "somebody's"})
    client.pexpire(f"{source.prefix}a", 60_000)
    assert external.copy("0 warm ", "2 cell ") == 1
    target = external.key_space("2 cell 0")
    assert client.get(f"{target.prefix}a") == b"x"
    assert client.pexpiretime(f"{target.prefix}a") == client.pexpiretime(f"{source.prefix}a")
    external.keep("0 warm ")
    external.forget()
    assert client.exists(f"{target.prefix}a") == 0 and client.exists(f"{source.prefix}a", "a") == 2
    external.keep(None)
    external.forget()
    assert client.exists(f"{source.prefix}a") == 0
    client.delete("a")
