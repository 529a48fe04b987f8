"""CACHES of a cell, for every kind of backend, and what is refused."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import BaseMemcachedCache
from django_redis.cache import RedisCache

from perflab.errors import InputError
from perflab.experiment.isolate import caches
from perflab.experiment.isolate.caches import CachePlace
from perflab.scenario.project import BEHIND, DUMMY_BACKEND, SWITCHED_OFF_BACKEND
from perflab.servers.valkey import KeySpace

LOCMEM = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
DJANGO = "django.core.cache.backends.redis.RedisCache"
DJANGO_REDIS = "django_redis.cache.RedisCache"
FILES = "django.core.cache.backends.filebased.FileBasedCache"


class Own(RedisCache):  # type: ignore[misc]  # django-redis has no types
    """A project's own backend."""


class Peculiar(BaseCache):
    """One of which nobody knows where its entries are."""


class Memcached(BaseMemcachedCache):
    """A package's client of memcached."""


PRIVATE = CachePlace(lambda n: KeySpace(f"unix:///lab.sock?db={n + 1}"), Path("/cell"))
EXTERNAL = CachePlace(lambda n: KeySpace("redis://lab/0", f"perflab-0a1b2c-{n}-"), Path("/cell"))


def isolated(
    entries: dict[str, dict[str, Any]], place: CachePlace = PRIVATE, **settings: Any
) -> dict[str, dict[str, Any]]:
    return caches.isolated({"CACHES": entries, **settings}, place)


def places(entries: dict[str, dict[str, Any]]) -> list[str]:
    return [entry["LOCATION"] for entry in isolated(entries).values()]


def test_a_server_is_the_labs_and_the_keys_are_the_projects() -> None:
    own = {"BACKEND": DJANGO_REDIS, "LOCATION": "redis://elsewhere/3", "KEY_PREFIX": "shop:", "KEY_FUNCTION": "shop.keys.bare",
           "VERSION": 7, "TIMEOUT": 5, "OPTIONS": {"COMPRESSOR": "zlib"}}  # fmt: skip
    entry = isolated({"default": own})["default"]
    assert entry == {**own, "LOCATION": "unix:///lab.sock?db=1"}
    assert own["LOCATION"] == "redis://elsewhere/3", "the project's own settings are left alone"


def test_aliases_share_a_place_exactly_if_they_do_in_production() -> None:
    def server(location: Any, **options: Any) -> dict[str, Any]:
        return {"BACKEND": DJANGO, "LOCATION": location, **({"OPTIONS": options} if options else {})}

    one, other = "unix:///lab.sock?db=1", "unix:///lab.sock?db=2"
    for a, b in [
        (server("redis://localhost:6379"), server("redis://127.0.0.1:6379/0")),
        (server("redis://h/1"), server("redis://h", db="1")),
        (server("redis://h?db=1"), server("redis://:secret@h:6379/1")),
        (server("redis://h"), server(["redis://h", "redis://replica"])),
        (server("redis://h"), server("redis://h,redis://replica")),
        (server("unix:///run/r.sock?db=2"), server("unix:///run/r.sock", db=2)),
    ]:
        assert places({"a": a, "b": b}) == [one, one], (a, b)
    for a, b in [
        (server("redis://h/0"), server("redis://h/1")),
        (server("redis://h"), server("redis://g")),
        (server("redis://h:6379"), server("redis://h:6380")),
        (server("redis://h", db=1), server("redis://h", db=2)),
    ]:
        assert places({"a": a, "b": b}) == [one, other], (a, b)


def test_what_leads_to_the_projects_own_server_is_left_out() -> None:
    own = {
        "BACKEND": DJANGO, "LOCATION": "rediss://elsewhere",
        "OPTIONS": {"username": "u", "password": "p", "db": 3, "ssl_cert_reqs": None, "socket_keepalive": True,
                    "retry_on_timeout": True},
    }  # fmt: skip
    assert isolated({"default": own})["default"]["OPTIONS"] == {"retry_on_timeout": True}
    sentinel = {
        "BACKEND": DJANGO_REDIS, "LOCATION": "redis://service/0",
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.SentinelClient", "SENTINELS": [("a", 1)], "SENTINEL_KWARGS": {},
                    "CONNECTION_POOL_CLASS": "redis.sentinel.SentinelConnectionPool", "SERIALIZER": "x",
                    "CONNECTION_POOL_KWARGS": {"max_connections": 9, "socket_keepalive": True}},
    }  # fmt: skip
    factory: dict[str, Any] = {"DJANGO_REDIS_CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory"}
    assert isolated({"default": sentinel}, **factory)["default"]["OPTIONS"] == {
        "SERIALIZER": "x",
        "CONNECTION_POOL_KWARGS": {"max_connections": 9},
        "CONNECTION_FACTORY": "django_redis.pool.ConnectionFactory",
    }


def test_on_somebody_elses_server_a_prefix_stands_before_whatever_the_project_makes_of_a_key() -> None:
    entries = {
        "default": {"BACKEND": DJANGO_REDIS, "LOCATION": "redis://a", "KEY_PREFIX": "shop"},
        "bare": {"BACKEND": DJANGO, "LOCATION": "redis://b", "KEY_FUNCTION": f"{__name__}.bare"},
    }
    entries = pickle.loads(pickle.dumps(isolated(entries, EXTERNAL)))  # as it reaches a worker
    assert entries["default"]["KEY_PREFIX"] == "shop"
    key = entries["default"]["KEY_FUNCTION"]("item:1", "shop", 2)
    assert key == "perflab-0a1b2c-0-shop:2:item:1"
    assert entries["default"]["REVERSE_KEY_FUNCTION"](key) == "item:1"
    assert entries["bare"]["KEY_FUNCTION"]("item:1", "", 1) == "perflab-0a1b2c-1-catalogue:item:1"
    assert "REVERSE_KEY_FUNCTION" not in entries["bare"]


def bare(key: str, key_prefix: str, version: int) -> str:
    return f"catalogue:{key}"


CACHES = {
    "default": {"BACKEND": DJANGO, "LOCATION": "redis://a", "KEY_FUNCTION": lambda key, prefix, version: f"own {key}"}
}


def test_a_key_function_without_a_name_reaches_a_worker() -> None:
    for place, key in ((PRIVATE, "own a"), (EXTERNAL, "perflab-0a1b2c-0-own a")):
        place = replace(place, module=__name__)
        entry = pickle.loads(pickle.dumps(isolated(CACHES, place)))["default"]
        assert entry["KEY_FUNCTION"]("a", "", 1) == key


def test_files_are_in_a_folder_of_the_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entries: dict[str, dict[str, Any]] = {
        "a": {"BACKEND": FILES, "LOCATION": "kept"},
        "b": {"BACKEND": FILES, "LOCATION": str(tmp_path / "kept")},
        "c": {"BACKEND": FILES, "LOCATION": Path("other")},
    }
    assert places(entries) == ["/cell/0", "/cell/0", "/cell/1"]
    assert os.listdir(tmp_path) == []


def test_memory_database_and_nothing_are_as_they_were() -> None:
    entries = {
        "default": LOCMEM,
        "table": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_table"},
        "none": {"BACKEND": DUMMY_BACKEND},
    }
    assert isolated(entries) == entries


def test_what_stands_behind_a_cache_that_is_off_is_the_cells_own_too() -> None:
    own = {"BACKEND": DJANGO_REDIS, "LOCATION": "redis://elsewhere"}
    entries = isolated({"off": {"BACKEND": SWITCHED_OFF_BACKEND, BEHIND: own}, "on": own})
    assert entries["off"][BEHIND]["LOCATION"] == entries["on"]["LOCATION"] == "unix:///lab.sock?db=1"


def test_a_projects_own_backend_is_what_its_base_class_is() -> None:
    assert caches.family_of(f"{__name__}.Own") == caches.SERVER
    assert caches.family_of(f"{__name__}.Memcached") == caches.MEMCACHED
    assert caches.family_of(f"{__name__}.Peculiar") is None
    assert caches.family_of("django_valkey.cache.ValkeyCache") == caches.SERVER, "which is not installed here"
    assert caches.family_of(f"{LocMemCache.__module__}.LocMemCache") == caches.MEMORY
    assert places({"own": {"BACKEND": f"{__name__}.Own", "LOCATION": "redis://x"}}) == ["unix:///lab.sock?db=1"]
    entry = isolated({"own": {"BACKEND": f"{__name__}.Own", "LOCATION": "redis://x"}}, EXTERNAL)["own"]
    assert entry["REVERSE_KEY_FUNCTION"].function == "django_redis.util.default_reverse_key"


def test_a_backend_that_reads_little_of_a_url_is_told_the_connections_name() -> None:
    place = replace(PRIVATE, space=lambda n: KeySpace("unix:///lab.sock?db=1&client_name=perflab"))
    entry = {"BACKEND": "redis_cache.RedisCache", "LOCATION": "x:6379", "OPTIONS": {"DB": 3, "PASSWORD": "x"}}
    options = isolated({"default": entry}, place)["default"]["OPTIONS"]
    assert options == {"CONNECTION_POOL_CLASS_KWARGS": {"client_name": "perflab"}}


@pytest.mark.parametrize(
    ("backend", "what"),
    [
        (
            "django.core.cache.backends.memcached.PyMemcacheCache",
            r"CACHES\['b'\] is on memcached.*measure with settings",
        ),
        (f"{__name__}.Memcached", r"CACHES\['b'\] is on memcached"),
        (f"{__name__}.Peculiar", rf"CACHES\['b'\].*each cell a {__name__}\.Peculiar of its own.*measure with settings"),
        (
            "no_such.Backend",
            r"CACHES\['b'\]: the cache backend no_such\.Backend cannot be imported: .*install its package",
        ),
    ],
)
def test_what_cells_cannot_have_of_their_own_is_refused_in_one_line(backend: str, what: str) -> None:
    entries = {"a": LOCMEM, "b": {"BACKEND": backend}, "c": {"BACKEND": DUMMY_BACKEND}}
    with pytest.raises(InputError, match=what) as caught:
        caches.check({"CACHES": entries}, "shop.settings")
    assert "\n" not in str(caught.value) and "shop.settings" in str(caught.value)
    with pytest.raises(InputError, match="1 more mistake"):
        caches.check({"CACHES": {**entries, "d": {"BACKEND": backend}}}, "shop.settings")


def test_other_caches_are_fine() -> None:
    caches.check({"CACHES": {"a": LOCMEM, "b": {"BACKEND": DJANGO}, "c": {"BACKEND": FILES}}}, "shop.settings")


def test_the_server_holds_all_caches_or_it_does_not() -> None:
    server = {"BACKEND": DJANGO}
    assert caches.all_on_server({"default": server, "none": {"BACKEND": DUMMY_BACKEND}})
    assert not caches.all_on_server({"default": server, "local": LOCMEM})
    assert not caches.all_on_server({}), "Django's own default is a cache in memory"
