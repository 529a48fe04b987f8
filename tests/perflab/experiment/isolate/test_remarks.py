"""What a scenario's author should know before a run."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from perflab.experiment.isolate.remarks import remarks
from perflab.scenario.factors.base import Factor
from perflab.scenario.factors.cache import CacheFactor
from perflab.scenario.factors.indexes import IndexFactor
from perflab.scenario.factors.setting import SettingFactor
from perflab.scenario.project import DUMMY_BACKEND
from perflab.scenario.subject import modules

SERVER = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}
_REAL_IS_PACKAGE = modules._is_package
SETTING = {"default": SERVER, "reports": SERVER, "none": {"BACKEND": DUMMY_BACKEND}}
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
ENGINES = "django.contrib.sessions.backends"
USES = "from django.core.cache import cache\n"


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of loaded modules that count as installed packages' own: none at first, not even these tests'."""
    names: set[str] = set()
    monkeypatch.setattr("perflab.scenario.subject.modules._is_package", names.__contains__)
    return names


def caching(*aliases: str) -> CacheFactor:
    return CacheFactor(name="caching", kind="cache", aliases=list(aliases))


def noted(tmp_path: Path, *factors: Factor, **settings: Any) -> list[str]:
    every = {"CACHES": SETTING, "MIDDLEWARE": [], "SESSION_ENGINE": f"{ENGINES}.db", "SESSION_CACHE_ALIAS": "default"}
    scenario = SimpleNamespace(factors=factors, subject=SimpleNamespace(host=None))
    return remarks(cast(Any, scenario), {**every, **settings}, tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "views.py").write_text(USES)
    (tmp_path / "shop" / "settings.py").write_text('CACHES = {"default": {}, "reports": {}}')
    return tmp_path


def test_the_host_of_requests_is_named_where_nobody_said_which(project: Path) -> None:
    (note,) = noted(project, ALLOWED_HOSTS=["localhost", "shop.example"])
    assert note.startswith("requests go to the host shop.example, the first name or domain in ALLOWED_HOSTS")
    assert noted(project, ALLOWED_HOSTS=["*"]) == []
    scenario: Any = SimpleNamespace(factors=(), subject=SimpleNamespace(host="api.shop.example"))
    assert remarks(scenario, {"CACHES": {}, "ALLOWED_HOSTS": ["shop.example"]}, project) == []


def test_a_switch_between_equal_levels_is_none(project: Path) -> None:
    (same,) = noted(project, SettingFactor(name="fast", kind="setting", setting="FAST", when_off=1, when_on=1))
    assert "factor fast: off and on are the same in this project (FAST: 1 when off, 1 when on)" in same
    (nothing,) = noted(project, caching("none"))[:1]
    assert "factor caching: off and on are the same" in nothing
    assert noted(project, SettingFactor(name="fast", kind="setting", setting="FAST", when_off=1, when_on=True)) == []
    assert noted(project, IndexFactor(name="indexes", kind="indexes", which=["declared"])) == []


def test_sessions_in_a_switched_cache(project: Path) -> None:
    (note,) = noted(project, caching("default"), MIDDLEWARE=MIDDLEWARE, SESSION_ENGINE=f"{ENGINES}.cache")
    assert "sessions are in the cache 'default'" in note and "nobody is logged in" in note
    assert 'SESSION_CACHE_ALIAS = "sessions"' in note and f"{ENGINES}.cached_db" in note
    (note,) = noted(project, caching("default"), MIDDLEWARE=MIDDLEWARE, SESSION_ENGINE=f"{ENGINES}.cached_db")
    assert "read from the database" in note


@pytest.mark.parametrize(
    "settings",
    [
        {"SESSION_ENGINE": f"{ENGINES}.db", "MIDDLEWARE": MIDDLEWARE},
        {"SESSION_ENGINE": f"{ENGINES}.cache", "MIDDLEWARE": []},
        {"SESSION_ENGINE": f"{ENGINES}.cache", "MIDDLEWARE": MIDDLEWARE, "SESSION_CACHE_ALIAS": "sessions"},
    ],
)
def test_sessions_elsewhere_are_fine(project: Path, settings: dict[str, Any]) -> None:
    assert noted(project, caching("default"), **settings) == []


def test_a_cache_that_no_code_asks(project: Path) -> None:
    (note,) = noted(project, caching("default", "reports"))
    assert "no code was found that uses the cache 'reports'" in note
    (project / "shop" / "tasks.py").write_text('from django.core.cache import caches\ncaches["reports"].get("x")')
    assert noted(project, caching("default", "reports")) == []


@pytest.mark.parametrize(
    "text",
    [
        "{% load cache %}{% cache 500 x %}",
        "from django.views.decorators.cache import cache_page",
        "caches[name].get(key)",
    ],
)
def test_ways_to_ask_the_default_cache(tmp_path: Path, text: str) -> None:
    (note,) = noted(tmp_path, caching("default"))
    assert "uses the cache 'default'" in note
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "page.html").write_text(text)
    assert noted(tmp_path, caching("default")) == [note], "not the project's own"
    (tmp_path / "page.html").write_text(text)
    assert noted(tmp_path, caching("default")) == []


def test_a_setting_that_names_a_cache_asks_it(project: Path) -> None:
    assert noted(project, caching("reports"), SELECT2_CACHE_BACKEND="reports") == []
    assert len(noted(project, caching("reports"), CACHE_MIDDLEWARE_ALIAS="reports")) == 1, "without that middleware"
    middleware = ["django.middleware.cache.FetchFromCacheMiddleware"]
    assert noted(project, caching("reports"), CACHE_MIDDLEWARE_ALIAS="reports", MIDDLEWARE=middleware) == []


def test_a_package_asks_a_cache_for_the_project(tmp_path: Path, packages: set[str]) -> None:
    assert len(noted(tmp_path, caching("default", "reports"))) == 2
    packages.add(__file__)  # this file names both, and where they are imported from: django.core.cache
    assert noted(tmp_path, caching("default", "reports")) == []


def test_what_a_package_is() -> None:
    import django.core.cache.backends.base
    import django_redis.cache

    is_package = _REAL_IS_PACKAGE
    assert is_package(str(django_redis.cache.__file__))
    assert not is_package(str(django.core.cache.backends.base.__file__))
    assert not is_package(str(modules.__file__))
    assert not is_package(str(json.__file__))
