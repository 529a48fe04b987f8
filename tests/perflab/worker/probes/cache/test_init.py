"""The same random operations on a cache in the trace's time and on a model of its backend in production: equal results."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache.backends import db, filebased, locmem
from django.core.cache.backends.redis import RedisCache
from django.core.management import call_command
from django_redis.cache import RedisCache as DjangoRedisCache

from perflab.servers.valkey import KeySpace, ValkeyServer, keys
from perflab.worker.clock import TraceClock
from perflab.worker.clock.python import PythonClocks
from perflab.worker.probes.cache import CacheProbe
from perflab.worker.probes.cache.keys import Prefixed

pytestmark = pytest.mark.servers

START_S = 1_700_000_000.0
DEFAULT_S = 301  # odd, as all times to live here; requests come at even times, so that nothing is due at the moment
MISSING = object()
names = itertools.count()


class Model:
    """A cache as Django documents it: a dict with deadlines, and what differs between backends.

    Args:
        touches_permanent: Whether touch(key, None) succeeds for an entry without an end; PERSIST does not.
        keeps_on_incr: Whether incr keeps the time to live; Django's generic one stores the value anew.
        keeps_on_incr_version: The same for incr_version.
    """

    def __init__(self, touches_permanent: bool, keeps_on_incr: bool, keeps_on_incr_version: bool) -> None:
        self.now = 0.0
        self.entries: dict[tuple[str, int], tuple[Any, float]] = {}
        self.touches_permanent = touches_permanent
        self.keeps_on_incr = keeps_on_incr
        self.keeps_on_incr_version = keeps_on_incr_version

    def _get(self, key: str, version: int) -> tuple[Any, float]:
        entry = self.entries.get((key, version))
        if entry is not None and entry[1] <= self.now:
            del self.entries[key, version]
            entry = None
        return (MISSING, 0.0) if entry is None else entry

    @property
    def on_server(self) -> bool:
        return not self.touches_permanent

    def is_over(self, key: str, version: int) -> bool:
        return self.entries.get((key, version), (0, math.inf))[1] <= self.now

    def _until(self, timeout: Any) -> float:
        return math.inf if timeout is None else self.now + timeout

    def get(self, key: str, default: Any = None, version: int = 1) -> Any:
        value, _ = self._get(key, version)
        return default if value is MISSING else value

    def has_key(self, key: str, version: int = 1) -> bool:
        return self._get(key, version)[0] is not MISSING

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_S, version: int = 1) -> None:
        self.entries[key, version] = (value, self._until(timeout))

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_S, version: int = 1) -> bool:
        if self.has_key(key, version):
            return False
        self.set(key, value, timeout, version)
        return True

    def touch(self, key: str, timeout: Any = DEFAULT_S, version: int = 1) -> bool:
        value, until = self._get(key, version)
        if value is MISSING:
            return False
        self.set(key, value, timeout, version)
        return timeout is not None or self.touches_permanent or until != math.inf

    def delete(self, key: str, version: int = 1) -> bool:
        present = self.has_key(key, version)
        self.entries.pop((key, version), None)
        return present

    def get_many(self, wanted: list[str], version: int = 1) -> dict[str, Any]:
        return {key: self.get(key, version=version) for key in wanted if self.has_key(key, version)}

    def set_many(self, data: dict[str, Any], timeout: Any = DEFAULT_S, version: int = 1) -> None:
        for key, value in data.items():
            self.set(key, value, timeout, version)

    def delete_many(self, unwanted: list[str], version: int = 1) -> None:
        for key in unwanted:
            self.delete(key, version)

    def get_or_set(self, key: str, default: Any, timeout: Any = DEFAULT_S, version: int = 1) -> Any:
        self.add(key, default, timeout, version)
        return self.get(key, version=version)

    def incr(self, key: str, delta: int = 1, version: int = 1) -> int:
        value, until = self._get(key, version)
        if value is MISSING:
            raise ValueError(key)
        self.entries[key, version] = (value + delta, until if self.keeps_on_incr else self._until(DEFAULT_S))
        return int(value + delta)

    def decr(self, key: str, delta: int = 1, version: int = 1) -> int:
        return self.incr(key, -delta, version)

    def incr_version(self, key: str, delta: int = 1, version: int = 1) -> int:
        value, until = self._get(key, version)
        if value is MISSING:
            raise ValueError(key)
        self.entries[key, version + delta] = (
            value,
            until if self.keeps_on_incr_version else self._until(DEFAULT_S),
        )
        del self.entries[key, version]
        return version + delta

    def clear(self) -> None:
        self.entries.clear()


class RedisModel(Model):
    """What django-redis offers beside."""

    def nx(self, key: str, value: Any, timeout: Any) -> bool:
        return self.add(key, value, timeout)

    def xx(self, key: str, value: Any, timeout: Any) -> bool:
        present = self.has_key(key)
        if present:
            self.set(key, value, timeout)
        return present

    def ttl(self, key: str) -> int | None:
        value, until = self._get(key, 1)
        return 0 if value is MISSING else None if until == math.inf else int(until - self.now)

    def persist(self, key: str) -> bool:
        value, until = self._get(key, 1)
        if value is MISSING or until == math.inf:
            return False
        self.set(key, value, None)
        return True

    def expire(self, key: str, timeout: int) -> bool:
        return self.touch(key, timeout)

    def pexpire(self, key: str, timeout: int) -> bool:
        return self.touch(key, timeout / 1000)

    def expire_at(self, key: str, when: int) -> bool:
        return self.touch(key, when - START_S - self.now)

    def locks(self, key: str, timeout: int) -> bool:
        return self.add(f"lock {key}", 0, timeout)

    def keys(self) -> list[str]:
        return sorted(key for key, version in list(self.entries) if version == 1 and key < "l" and self.has_key(key))

    def delete_pattern(self) -> int:
        return sum(self.delete(key) for key in self.keys() if key in "ab")


def nx(cache: Any, key: str, value: Any, timeout: Any) -> bool:
    return bool(cache.set(key, value, timeout, nx=True))


def xx(cache: Any, key: str, value: Any, timeout: Any) -> bool:
    return bool(cache.set(key, value, timeout, xx=True))


def locks(cache: Any, key: str, timeout: int) -> bool:
    return bool(cache.lock(f"lock {key}", timeout=timeout, blocking=False).acquire())


def listed(cache: Any) -> list[str]:
    return sorted(key for key in cache.keys("*") if key < "l")


SPECIAL: dict[str, Callable[..., Any]] = {
    "nx": nx,
    "xx": xx,
    "locks": locks,
    "keys": listed,
    "delete_pattern": lambda cache: cache.delete_pattern("[ab]"),
}


def operations(rng: random.Random, more: bool) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Calls without end: what is asked of a cache, with few keys, so that they meet each other."""
    kinds = ["get", "has_key", "set", "set", "add", "touch", "delete", "get_many", "set_many", "delete_many", "get_or_set",
             "incr", "decr", "incr_version"]  # fmt: skip
    if more:
        kinds += [
            "nx",
            "xx",
            "ttl",
            "ttl",
            "persist",
            "expire",
            "pexpire",
            "expire_at",
            "locks",
            "keys",
            "delete_pattern",
        ]
    while True:
        kind = rng.choice(kinds) if rng.random() > 0.01 else "clear"
        key, value, ttl = rng.choice("abc"), rng.randrange(100), rng.choice([1, 3, 9, 31, 99])
        timeout: dict[str, Any] = rng.choice([{}, {"timeout": None}, {"timeout": ttl}, {"timeout": ttl}])
        version = rng.choice([{}, {}, {"version": 1}, {"version": 2}])
        some = rng.sample("abc", 2)
        match kind:
            case "get" | "has_key" | "delete" | "incr" | "decr" | "incr_version":
                yield kind, (key,), version
            case "set" | "add" | "get_or_set":
                yield kind, (key, value), {**timeout, **version}
            case "touch":
                yield kind, (key,), {**timeout, **version}
            case "get_many" | "delete_many":
                yield kind, (some,), version
            case "set_many":
                yield kind, (dict.fromkeys(some, value),), {**timeout, **version}
            case "nx" | "xx":
                yield kind, (key, value, rng.choice([ttl, None])), {}
            case "expire" | "locks":
                yield kind, (key, ttl), {}
            case "pexpire":
                yield kind, (key, ttl * 1000), {}
            case "expire_at":
                yield kind, (key, ttl), {}
            case "ttl" | "persist":
                yield kind, (key,), {}
            case _:
                yield kind, (), {}


def result(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    try:
        returned = call(*args, **named)
    except ValueError:
        return "no such key"
    return returned


def same(cache: Any, model: Model, probe: CacheProbe, seed: int, count: int = 600) -> None:
    rng = random.Random(seed)
    more = isinstance(model, RedisModel)
    for number, (kind, args, named) in enumerate(itertools.islice(operations(rng, more), count)):
        if rng.random() < 0.3:
            model.now += 2 * rng.choice([1, 1, 2, 5, 20, 60])
        probe.expire(model.now)
        if kind == "expire_at":
            args = (args[0], int(START_S + model.now) + args[1])
        if kind in ("delete", "touch") and not model.on_server and model.is_over(args[0], named.get("version", 1)):
            continue  # Django's own backends find what has expired, and in files raise; as they do in production
        call = SPECIAL.get(kind)
        actual = result(call, cache, *args, **named) if call else result(getattr(cache, kind), *args, **named)
        expected = result(getattr(model, kind), *args, **named)
        if kind in ("set", "set_many", "delete_many", "clear"):
            continue  # backends return different things
        assert actual == expected, (seed, number, kind, args, named, model.now, model.entries)


class ClockedProbe(CacheProbe):
    """A probe whose Steps also move the trace's clock, as in a worker."""

    def __init__(self, clock: TraceClock) -> None:
        super().__init__(clock.start.timestamp())
        self.clock = clock

    def expire(self, now_s: float) -> int:
        self.clock.at_s = now_s
        return super().expire(now_s)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Iterator[CacheProbe]:
    """A probe whose time all backends are in, until the end of a test."""
    monkeypatch.setattr(redis.Redis, "execute_command", redis.Redis.execute_command)
    monkeypatch.setattr(redis.client.Pipeline, "execute_command", redis.client.Pipeline.execute_command)
    monkeypatch.setattr(redis.client.Pipeline, "execute", redis.client.Pipeline.execute)
    monkeypatch.setattr(redis.lock.Lock, "do_extend", redis.lock.Lock.do_extend)
    monkeypatch.setattr(redis.lock.Lock, "do_reacquire", redis.lock.Lock.do_reacquire)
    clock = TraceClock(dt.datetime.fromtimestamp(START_S, dt.UTC).isoformat())
    clocks = PythonClocks(clock)
    clocks.install()
    yield ClockedProbe(clock)
    clocks.restore()


@pytest.mark.parametrize("seed", range(4))
def test_in_memory(probe: CacheProbe, seed: int) -> None:
    probe.prepare({})
    cache = probe.wrap(locmem.LocMemCache(f"differential-{next(names)}", {"TIMEOUT": DEFAULT_S}))
    same(cache, Model(True, True, False), probe, seed)


@pytest.mark.parametrize("seed", range(4))
def test_in_files(probe: CacheProbe, tmp_path: Path, seed: int) -> None:
    probe.prepare({})
    cache = probe.wrap(filebased.FileBasedCache(str(tmp_path), {"TIMEOUT": DEFAULT_S}))
    same(cache, Model(True, False, False), probe, seed)


@pytest.mark.django_db
def test_in_the_database(probe: CacheProbe) -> None:
    probe.prepare({})
    call_command("createcachetable", "differential", verbosity=0)
    cache = probe.wrap(db.DatabaseCache("differential", {"TIMEOUT": DEFAULT_S}))
    for seed in range(2):
        cache.clear()
        same(cache, Model(True, False, False), probe, seed, 200)


@pytest.fixture(params=["private", "external"])
def space(request: pytest.FixtureRequest, valkey: ValkeyServer) -> Iterator[KeySpace]:
    """A part of the lab's server, and one of somebody else's that has keys of its own."""
    if request.param == "private":
        yield valkey.key_space(f"differential {next(names)}")
        valkey.forget()
        return
    prefix = f"perflab-0a1b2c-{next(names)}-"
    owner = valkey.client()
    owner.mset({":1:a": "theirs", "a": "theirs"})
    yield KeySpace(keys.with_query(valkey.url(), client_name=prefix), prefix)
    assert owner.mget(":1:a", "a") == [b"theirs", b"theirs"], "what is not the cell's stays"
    owner.delete(":1:a", "a")
    keys.delete_prefix(owner, prefix, "here")
    owner.close()


@pytest.mark.parametrize("backend", [RedisCache, DjangoRedisCache])
@pytest.mark.parametrize("seed", range(3))
def test_on_a_server(probe: CacheProbe, space: KeySpace, backend: Any, seed: int) -> None:
    params: dict[str, Any] = {"TIMEOUT": DEFAULT_S}
    if space.prefix:
        params["KEY_FUNCTION"] = Prefixed(space.prefix)
    probe.prepare({"default": {"LOCATION": space.url}})
    cache = probe.wrap(backend(space.url, params))
    model = RedisModel(False, True, True) if backend is DjangoRedisCache else Model(False, True, False)
    same(cache, model, probe, seed)
    cache.clear()
    cache.close()


def test_a_touched_entry_lives_on_as_in_the_issue(probe: CacheProbe, space: KeySpace) -> None:
    params = {"KEY_FUNCTION": Prefixed(space.prefix)} if space.prefix else {}
    probe.prepare({"default": {"LOCATION": space.url}})
    cache = probe.wrap(DjangoRedisCache(space.url, params))
    cache.set("k", 1, 100)
    assert cache.touch("k", 1000) is True
    probe.expire(300.0)
    assert cache.get("k") == 1
    assert cache.ttl("k") == 700
    assert not cache.set("k", 2, 10, nx=True)
    assert cache.ttl("k") == 700
    assert cache.incr("k") == 2
    assert cache.ttl("k") == 700
    assert cache.incr_version("k") == 2
    assert (cache.ttl("k"), cache.ttl("k", version=2)) == (0, 700)
    probe.expire(1000.0)
    assert cache.get("k", version=2) is None
