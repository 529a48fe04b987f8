"""The clients of a real server: times to live of every command that has one, locks, and keys that are not the cell's."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import redis.lock

from perflab.errors import SubjectError
from perflab.servers.valkey import KeySpace, ValkeyServer, keys
from perflab.worker.probes.cache import clients
from perflab.worker.probes.cache.server_time import ServerTime

pytestmark = pytest.mark.servers

START_S = 1_700_000_000
PREFIX = "perflab-0a1b2c-7-"
numbers = itertools.count()


@pytest.fixture
def unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clients be as they were, afterwards."""
    monkeypatch.setattr(redis.Redis, "execute_command", redis.Redis.execute_command)
    monkeypatch.setattr(redis.client.Pipeline, "execute_command", redis.client.Pipeline.execute_command)
    monkeypatch.setattr(redis.client.Pipeline, "execute", redis.client.Pipeline.execute)
    monkeypatch.setattr(redis.lock.Lock, "do_extend", redis.lock.Lock.do_extend)
    monkeypatch.setattr(redis.lock.Lock, "do_reacquire", redis.lock.Lock.do_reacquire)
    monkeypatch.setattr(clients, "LIBRARIES", {"redis": "Redis"})


@pytest.fixture
def time(unpatched: None) -> ServerTime:
    time = ServerTime(clients.send, START_S)
    clients.translate(time, guarded=True)
    return time


@pytest.fixture
def client(time: ServerTime, valkey: ValkeyServer) -> Iterator[Any]:
    client = redis.Redis.from_url(valkey.key_space(f"clients {next(numbers)}").url)
    yield client
    client.flushdb()
    client.close()


@pytest.mark.parametrize(
    "store",
    [
        lambda c: c.set("a", 1, ex=10),
        lambda c: c.set("a", 1, px=10_000, nx=True),
        lambda c: c.set("a", 1, ex=dt.timedelta(seconds=10)),
        lambda c: c.set("a", 1, exat=START_S + 10),
        lambda c: c.set("a", 1, pxat=(START_S + 10) * 1000),
        lambda c: c.execute_command("SETEX", "a", 10, 1),
        lambda c: c.execute_command("PSETEX", "a", 10_000, 1),
        lambda c: (c.set("a", 1), c.expire("a", 10)),
        lambda c: (c.set("a", 1), c.pexpire("a", 10_000)),
        lambda c: (c.set("a", 1), c.expireat("a", START_S + 10)),
        lambda c: (c.set("a", 1), c.expireat("a", dt.datetime.fromtimestamp(START_S + 10, dt.UTC))),
        lambda c: (c.set("a", 1), c.pexpireat("a", (START_S + 10) * 1000)),
        lambda c: (c.set("a", 1), c.getex("a", ex=10)),
        lambda c: (c.set("a", 1, ex=99), c.getex("a", exat=START_S + 10)),
        lambda c: (c.set("b", 1, ex=10), c.rename("b", "a")),
        lambda c: (c.set("b", 1, ex=10), c.copy("b", "a"), c.delete("b")),
        lambda c: (c.set("a", 1, ex=10), c.incr("a"), c.set("a", 1, keepttl=True)),
        lambda c: (c.set("a", 1, ex=10), c.set("a", 2, ex=99, nx=True), c.expire("a", 99, gt=False, lt=True)),
        lambda c: c.execute_command("set", "a", "1", "ex", "10"),
        lambda c: c.pipeline().mset({"a": 1}).expire("a", 10).execute(),
        lambda c: c.pipeline(transaction=False).set("a", 1, ex=10).execute(),
    ],
)
def test_an_entry_of_ten_seconds_lives_for_ten_of_the_trace(client: Any, time: ServerTime, store: Any) -> None:
    store(client)
    assert client.ttl("a") == 10
    assert client.pttl("a") == 10_000
    assert client.expiretime("a") == START_S + 10
    assert client.pexpiretime("a") == (START_S + 10) * 1000
    time.advance(3.0)
    assert client.pipeline().ttl("a").get("a").pttl("a").execute()[0] == 7
    assert client.ttl("a") == 7
    assert time.advance(9.999) == 0
    assert client.exists("a") == 1
    assert time.advance(10.0) == 1
    assert client.exists("a") == 0
    assert client.ttl("a") == -2


def test_an_entry_without_an_end_has_none(client: Any, time: ServerTime) -> None:
    client.set("a", 1)
    client.set("b", 1, ex=10)
    assert client.ttl("a") == -1
    assert client.persist("a") in (0, False), "as on any server: it had no time to live"
    assert client.persist("b") in (1, True)
    assert time.advance(1e6) == 0
    assert client.mget("a", "b") == [b"1", b"1"]


def test_a_time_to_live_of_nothing_deletes_or_is_refused_as_ever(client: Any) -> None:
    client.set("a", 1)
    assert client.expire("a", 0)
    assert client.get("a") is None
    client.set("a", 1)
    assert client.expireat("a", START_S - 1)
    assert client.get("a") is None
    with pytest.raises(redis.ResponseError, match="invalid expire time"):
        client.set("a", 1, ex=0)


def test_what_the_server_counts_stays_the_projects_own(client: Any, time: ServerTime) -> None:
    client.set("a", 1, ex=10)
    client.set("b", 1, ex=20)
    before = client.info("stats")
    time.advance(10.0)
    after = client.info("stats")
    for counter in ("keyspace_hits", "keyspace_misses"):
        assert after[counter] == before[counter]


def test_a_watching_pipeline_is_translated_too(client: Any) -> None:
    client.set("a", 1, ex=10)
    with client.pipeline() as pipeline:
        pipeline.watch("a")
        assert pipeline.ttl("a") == 10
        pipeline.multi()
        pipeline.set("a", 2, ex=20).ttl("a")
        assert pipeline.execute() == [True, 20]


def test_a_lock_is_free_after_its_time_in_the_trace(client: Any, time: ServerTime) -> None:
    first, second = client.lock("lock", timeout=10), client.lock("lock", timeout=10, blocking=False)
    assert first.acquire()
    assert not second.acquire()
    time.advance(9.0)
    assert first.extend(5)
    time.advance(14.0)
    assert not second.acquire(), "9 and 1 left and 5"
    time.advance(15.1)  # a script of the lock's reads the server's clock, and adds to what is left then
    assert second.acquire()
    assert second.reacquire()
    time.advance(20.0)
    assert second.extend(30, replace_ttl=True)
    time.advance(49.0)
    second.release()
    assert first.acquire(blocking=False)


def test_who_waits_for_a_lock_gets_it_when_it_has_expired_meanwhile(
    client: Any, time: ServerTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request's own time stands still, but one that waits for a lock that nobody releases must not wait for ever."""
    assert client.lock("lock", timeout=10).acquire()
    time.advance(1.0)
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time._began_s -= 1  # as if that request had been running for a second longer
        assert len(slept) < 20

    monkeypatch.setattr("redis.lock.mod_time.sleep", sleep)
    assert client.lock("lock", timeout=10).acquire()
    assert len(slept) == 9


def test_a_connection_that_is_not_the_labs_is_left_alone(time: ServerTime, valkey: ValkeyServer) -> None:
    with redis.Redis.from_url(keys.with_query(valkey.url(), client_name="app")) as client:
        client.set("perflab-alone", 1, ex=100)
        assert client.ttl("perflab-alone") == 100
        assert client.execute_command("PTTL", "perflab-alone") <= 100_000
        client.pipeline().ttl("perflab-alone").delete("perflab-alone").execute()


def test_flushall_empties_the_cells_own_database(client: Any, valkey: ValkeyServer) -> None:
    with redis.Redis.from_url(valkey.key_space("neighbour").url) as neighbour:
        neighbour.set("theirs", 1)
        client.set("mine", 1)
        client.flushall()
        assert (client.dbsize(), neighbour.get("theirs")) == (0, b"1")
        neighbour.flushdb()


# -- on somebody else's server -----------------------------------------------------------------------------------------


@pytest.fixture
def guest(time: ServerTime, valkey: ValkeyServer) -> Iterator[Any]:
    """A client of a cell that may touch only keys with its prefix."""
    space = KeySpace(keys.with_query(valkey.url(), client_name=PREFIX), PREFIX)
    owner = valkey.client()
    owner.mset({"theirs": 1, "perflab-0a1b2c-8-neighbours": 1})
    with redis.Redis.from_url(space.url) as client:
        yield client
    assert owner.mget("theirs", "perflab-0a1b2c-8-neighbours") == [b"1", b"1"]
    owner.delete("theirs", "perflab-0a1b2c-8-neighbours")
    owner.close()


def test_a_flush_deletes_the_cells_own_keys(guest: Any) -> None:
    guest.mset({f"{PREFIX}{number}": 1 for number in range(2500)})
    assert guest.flushdb()
    assert list(guest.scan_iter(f"{PREFIX}*")) == []
    guest.set(f"{PREFIX}a", 1)
    assert guest.flushall()
    assert guest.get(f"{PREFIX}a") is None


@pytest.mark.parametrize(
    "touch",
    [
        lambda c: c.set("theirs", 2),
        lambda c: c.delete("theirs"),
        lambda c: c.get("theirs"),
        lambda c: c.expire(b"theirs", 5),
        lambda c: c.eval("return redis.call('DEL', KEYS[1])", 1, "theirs"),
        lambda c: c.pipeline().delete("theirs"),
        lambda c: c.pipeline().flushdb(),
    ],
)
def test_a_key_that_is_not_the_cells_is_refused(guest: Any, touch: Any) -> None:
    with pytest.raises(SubjectError, match="unset PERFLAB_CACHE_URL"):
        touch(guest)


def test_the_cells_own_keys_are_its_own_in_scripts_locks_and_pipelines(guest: Any, time: ServerTime) -> None:
    with guest.lock(f"{PREFIX}lock", timeout=5):
        guest.pipeline().set(f"{PREFIX}a", 1, ex=10).incr(f"{PREFIX}a").execute()
    assert guest.ttl(f"{PREFIX}a") == 10
    assert time.advance(10.0) == 1
