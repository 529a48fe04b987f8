"""An entry of the project's on the lab's server."""

from __future__ import annotations

import sys
from enum import IntEnum
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from perflab.servers.aliases.entry import engine_vendor, merged, remarks
from perflab.servers.database import POSTGRESQL, SQLITE

ENGINE = "django.db.backends.postgresql"
PLACE: dict[str, Any] = {
    "ENGINE": ENGINE, "NAME": "perflab_run_1", "USER": "perflab", "PASSWORD": "", "HOST": "/sockets", "PORT": "5432",
    "CONN_MAX_AGE": None, "OPTIONS": {},
}  # fmt: skip
FILE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/lab/perflab_run_1.sqlite3", "CONN_MAX_AGE": None}


class Level(IntEnum):
    SERIALIZABLE = 4


@pytest.mark.parametrize(
    ("engine", "vendor"),
    [
        ("django.db.backends.sqlite3", SQLITE),
        ("django.contrib.gis.db.backends.spatialite", SQLITE),
        ("django.db.backends.postgresql", POSTGRESQL),
        ("django.contrib.gis.db.backends.postgis", POSTGRESQL),
        ("tests.cases.runtime.engine", POSTGRESQL),
        ("django.db.backends.mysql", "mysql"),
        ("django.db.backends.oracle", "oracle"),
        ("not.installed.mssql", "microsoft"),
        ("not.installed.postgres", POSTGRESQL),
        ("not.installed.clickhouse", "not.installed.clickhouse"),
        ("django.db.backends.dummy", None),
        ("", None),
        (None, None),
    ],
)
def test_a_backends_class_says_what_it_is_for(engine: Any, vendor: str | None) -> None:
    assert engine_vendor(engine) == vendor


def test_a_backend_that_only_looks_like_postgresql_is_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("postgres_lookalike.base")
    module.DatabaseWrapper = SimpleNamespace(vendor="cockroachdb")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "postgres_lookalike", ModuleType("postgres_lookalike"))
    monkeypatch.setitem(sys.modules, "postgres_lookalike.base", module)
    assert engine_vendor("postgres_lookalike") == "cockroachdb"


def test_what_decides_how_queries_run_is_the_projects_and_the_place_is_the_labs() -> None:
    own = {
        "ENGINE": "tests.cases.runtime.engine", "NAME": "production", "HOST": "db", "PORT": 6432, "USER": "app", "PASSWORD": "s",
        "ATOMIC_REQUESTS": True, "AUTOCOMMIT": True, "TIME_ZONE": "Europe/Vienna", "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": 60, "TEST": {"NAME": "x"},
        "OPTIONS": {"isolation_level": Level.SERIALIZABLE, "options": "-c statement_timeout=7000", "server_side_binding": True},
    }  # fmt: skip
    entry = merged(own, PLACE)
    assert {name: entry[name] for name in PLACE if name not in ("ENGINE", "OPTIONS")} == {
        name: value for name, value in PLACE.items() if name not in ("ENGINE", "OPTIONS")
    }
    assert entry["ENGINE"] == "tests.cases.runtime.engine"
    kept = ("ATOMIC_REQUESTS", "AUTOCOMMIT", "TIME_ZONE", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS")
    assert {name: entry[name] for name in kept} == {name: own[name] for name in kept}
    assert entry["OPTIONS"] == {
        "isolation_level": 4, "options": "-c statement_timeout=7000", "server_side_binding": True,
    }  # fmt: skip
    assert type(entry["OPTIONS"]["isolation_level"]) is int, "a worker reads it before it has a driver"
    assert "TEST" not in entry


def test_pool_role_and_everything_that_names_another_server_go() -> None:
    options = {
        "pool": {"min_size": 4}, "host": "a", "hostaddr": "1.2.3.4", "port": 1, "service": "prod", "passfile": "/p",
        "sslmode": "verify-full", "sslrootcert": "/r", "target_session_attrs": "read-only", "assume_role": "app",
        "application_name": "shop", "connect_timeout": 3,
    }  # fmt: skip
    own = {"ENGINE": ENGINE, "OPTIONS": options}
    assert merged(own, PLACE)["OPTIONS"] == {"application_name": "shop", "connect_timeout": 3}
    pool, gone = remarks("default", own, POSTGRESQL)
    assert pool == "default: without its pool: each thread of a worker keeps one connection"
    assert "assume_role, host, hostaddr, passfile, port, service, sslmode, sslrootcert, target_session_attrs of" in gone


def test_of_two_session_settings_the_projects_comes_last_and_wins() -> None:
    place = {**PLACE, "OPTIONS": {"options": "-c jit=off", "sslmode": "require"}}
    entry = merged({"ENGINE": ENGINE, "OPTIONS": {"options": "-c jit=on", "sslmode": "disable"}}, place)
    assert entry["OPTIONS"] == {"options": "-c jit=off -c jit=on", "sslmode": "require"}


def test_an_entry_for_another_kind_of_database_keeps_what_holds_for_all() -> None:
    own = {
        "ENGINE": "django.db.backends.mysql", "ATOMIC_REQUESTS": True, "OPTIONS": {"charset": "utf8mb4"}, "POOL": 3,
    }  # fmt: skip
    assert merged(own, PLACE) == {**PLACE, "ATOMIC_REQUESTS": True}
    (remark,) = remarks("legacy", own, POSTGRESQL)
    assert remark == "legacy: MySQL in the project, PostgreSQL here; its ENGINE and OPTIONS are not used"
    assert merged({}, PLACE) == PLACE and not list(remarks("default", {}, POSTGRESQL))


def test_an_sqlite_entry_keeps_its_options_and_gets_the_labs_file() -> None:
    own = {"ENGINE": FILE["ENGINE"], "NAME": "db.sqlite3", "OPTIONS": {"timeout": 9, "database": "other.sqlite3"}}
    assert merged(own, FILE) == {**FILE, "OPTIONS": {"timeout": 9}}
