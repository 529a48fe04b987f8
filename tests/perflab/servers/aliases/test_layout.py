"""Which aliases share a database."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from perflab.errors import InputError
from perflab.servers.aliases import layout as module
from perflab.servers.aliases.layout import Layout, layout_of, name_of, replicas
from perflab.servers.database import POSTGRESQL, Database

NAME = "settings_of_a_layout"
PG = "django.db.backends.postgresql"


def pg(name: str = "shop", host: str = "primary", **more: Any) -> dict[str, Any]:
    return {"ENGINE": PG, "NAME": name, "HOST": host, **more}


@pytest.fixture
def homes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function: the homes of DATABASES, without routers."""
    monkeypatch.setattr(module, "replicas", lambda entries: {})

    def made(**databases: dict[str, Any]) -> dict[str, str]:
        settings = ModuleType(NAME)
        settings.DATABASES = databases  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, NAME, settings)
        return dict(layout_of(NAME).homes)

    return made


def test_a_mirror_shares_and_another_database_is_an_own_one(homes: Any) -> None:
    mirror = pg(host="replica", TEST={"MIRROR": "default"})
    assert homes(default=pg(), replica=mirror, log=pg("log")) == {
        "default": "default",
        "replica": "default",
        "log": "log",
    }


def test_a_mirror_of_a_mirror_and_mirrors_in_a_circle(homes: Any) -> None:
    of = {
        name: pg(name, TEST={"MIRROR": mirror}) for name, mirror in (("a", "b"), ("b", "log"), ("c", "d"), ("d", "c"))
    }
    assert homes(default=pg(), log=pg("log"), **of) == {
        "default": "default", "log": "log", "a": "log", "b": "log", "c": "c", "d": "c",
    }  # fmt: skip


def test_where_default_is_the_mirror_the_other_one_uses_its_database(homes: Any) -> None:
    assert homes(default=pg(host="replica", TEST={"MIRROR": "main"}), main=pg()) == {
        "default": "default",
        "main": "default",
    }


def test_a_mirror_of_nothing_is_one_line(homes: Any) -> None:
    with pytest.raises(InputError, match=r"DATABASES\['replica'\] is a mirror of 'nobody'"):
        homes(default=pg(), replica=pg(TEST={"MIRROR": "nobody"}))


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (pg(), pg(OPTIONS={"application_name": "reports"}), True),
        (pg(PORT=5432), pg(PORT="5432"), True),
        (pg(host=""), {"ENGINE": PG, "OPTIONS": {"dbname": "shop"}}, True),
        ({"ENGINE": PG, "OPTIONS": {"service": "a"}}, {"ENGINE": PG, "OPTIONS": {"service": "a"}}, True),
        ({"ENGINE": PG, "OPTIONS": {"service": "a"}}, {"ENGINE": PG, "OPTIONS": {"service": "b"}}, False),
        (pg(), pg(host="replica"), False),
        (pg(PORT=5432), pg(PORT=6432), False),
        ({}, {}, False),
        (
            {"ENGINE": "django.db.backends.sqlite3", "NAME": "a"},
            {"ENGINE": "django.db.backends.sqlite3", "NAME": "./a"},
            True,
        ),
        (
            {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
            {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
            False,
        ),
    ],
)
def test_who_is_at_the_same_place_shares(homes: Any, first: Any, second: Any, shared: bool) -> None:
    assert homes(default=first, other=second)["other"] == ("default" if shared else "other")


class Router:
    """Reads and writes by the name of the model."""

    def __init__(self, reads: dict[str, list[str]], writes: dict[str, str], not_at_home: tuple[str, ...] = ()) -> None:
        self.reads = {name: list(aliases) for name, aliases in reads.items()}
        self.writes = writes
        self.not_at_home = not_at_home

    def db_for_read(self, model: Any) -> str:
        aliases = self.reads.get(model.__name__, ["default"])
        aliases.append(aliases.pop(0))  # one after the other
        if aliases[0] == "raises":
            raise KeyError("tenant")
        return aliases[0]

    def db_for_write(self, model: Any) -> str:
        return self.writes.get(model.__name__, "default")

    def allow_migrate_model(self, db: str, model: Any) -> bool:
        return model.__name__ not in self.not_at_home


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function: what routers make of the models A and B and of the unmanaged U."""
    import django.db
    from django.apps import apps

    def model(name: str, managed: bool = True) -> type:
        return type(name, (), {"_meta": SimpleNamespace(managed=managed, proxy=False)})

    models = [model("A"), model("B"), model("U", managed=False)]
    monkeypatch.setattr(apps, "get_models", lambda **_: models)

    def made(*aliases: str, **router: Any) -> dict[str, str]:
        monkeypatch.setattr(django.db, "router", Router(**router))
        return replicas({alias: {} for alias in ("default", *aliases)})

    return made


def test_what_is_only_read_is_a_replica_of_what_is_written(asked: Any) -> None:
    many = {"A": ["one", "default", "two"], "B": ["one"]}
    assert asked("one", "two", reads=many, writes={}) == {"one": "default", "two": "default"}
    assert asked("copy", "main", reads={"A": ["copy"]}, writes={"A": "main"}) == {"copy": "main"}


def test_what_is_written_or_is_a_copy_of_two_or_of_nothing_is_no_replica(asked: Any) -> None:
    assert asked("other", reads={"A": ["other"]}, writes={"A": "other"}) == {}
    assert asked("other", reads={"A": ["other"]}, writes={"B": "other"}) == {}
    assert asked("both", "main", reads={"A": ["both"], "B": ["both"]}, writes={"A": "main"}) == {}
    assert asked("legacy", reads={"U": ["legacy"]}, writes={}) == {}
    assert asked("legacy", reads={"A": ["legacy"]}, writes={}, not_at_home=("A",)) == {}


def test_a_router_that_cannot_say_is_passed_over(asked: Any) -> None:
    assert asked("one", reads={"A": ["raises"], "B": ["one"]}, writes={}) == {"one": "default"}


def test_routers_get_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    import django.db
    from django.core.exceptions import ImproperlyConfigured

    refused = []

    class Asking:
        def db_for_write(self, model: Any) -> str:
            try:
                django.db.connections["default"].cursor()
            except ImproperlyConfigured as error:
                refused.append(error)
                raise
            return "default"

    monkeypatch.setattr(django.db, "router", Asking())
    assert replicas({"default": {}, "replica": {}}) == {}
    assert refused


def test_databases_are_migrated_in_the_order_of_the_projects_tests() -> None:
    entries: dict[str, dict[str, Any]] = {
        "b": {"TEST": {"DEPENDENCIES": ["a"]}}, "default": {"TEST": {"DEPENDENCIES": ["c"]}}, "a": {},
        "c": {"TEST": {"DEPENDENCIES": []}},
    }  # fmt: skip
    layout = Layout({alias: alias for alias in entries}, entries)
    assert layout.owners == ("c", "default", "a", "b")
    circle = {"default": {"TEST": {"DEPENDENCIES": ["a"]}}, "a": {}}
    assert set(Layout({alias: alias for alias in circle}, circle).owners) == {"default", "a"}


def test_every_alias_gets_an_entry_on_the_labs_server_and_says_what_it_shares() -> None:
    server = cast(
        Database, SimpleNamespace(vendor=POSTGRESQL, django_settings=lambda name: {"ENGINE": PG, "NAME": name})
    )
    layout = Layout(
        {"default": "default", "replica": "default", "log": "log"},
        {"default": pg(AUTOCOMMIT=False), "replica": pg(ATOMIC_REQUESTS=True), "log": pg("log")},
    )
    databases = layout.databases(server, "perflab_run_x")
    log = name_of("perflab_run_x", "log")
    assert {alias: entry["NAME"] for alias, entry in databases.items()} == {
        "default": "perflab_run_x", "replica": "perflab_run_x", "log": log,
    }  # fmt: skip
    assert layout.names("perflab_run_x") == {"default": "perflab_run_x", "log": log}
    assert databases["replica"]["ATOMIC_REQUESTS"] is True and databases["default"]["AUTOCOMMIT"] is False
    assert layout.to_fill(server, "perflab_template_x")["default"]["AUTOCOMMIT"] is True
    assert layout.remarks(POSTGRESQL) == [
        "database replica: shares the database of default, by its own connection",
        "database log: has a database of its own",
    ]


def test_seeded_data_depends_on_what_is_not_ordinary() -> None:
    assert Layout({"default": "default"}, {"default": pg(OPTIONS={"isolation_level": 3})}).inputs() == {}
    assert Layout({"default": "default"}, {"default": pg(OPTIONS={"options": "-c search_path=app"})}).inputs()
    assert Layout({"default": "default", "log": "log"}, {"default": pg(), "log": pg("log")}).inputs().keys() == {"log"}
