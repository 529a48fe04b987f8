"""Switches of settings and caches; what indexes a factor means is asked of a real database in test_indexes.py."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from perflab.experiment.databases import drop_statements
from perflab.scenario.factors import CachePlace, switch_of
from perflab.scenario.factors.cache import DUMMY, CacheSwitch, held_by_server, isolated
from perflab.scenario.factors.indexes import IndexSwitch
from perflab.scenario.factors.setting import SettingSwitch

PLACE = CachePlace("unix:///run/cache.sock?db=0", "perflab:1:all_on:")
PROJECT = {
    "CACHES": {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://elsewhere",
            "KEY_PREFIX": "shop:",
        },
        "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
}


def test_a_setting_has_a_value_for_each_level() -> None:
    switch = SettingSwitch("queries", "OPTIMISED", False, True)
    assert switch.settings(False, {}, PLACE) == {"OPTIMISED": False}
    assert switch.settings(True, {}, PLACE) == {"OPTIMISED": True}
    assert switch.missing_indexes(False) == ()


def test_a_cache_that_is_off_is_djangos_dummy_and_the_others_stay() -> None:
    off = CacheSwitch("caching", ("default",)).settings(False, PROJECT, PLACE)
    assert off["CACHES"]["default"] == {"BACKEND": DUMMY}
    assert off["CACHES"]["local"] == PROJECT["CACHES"]["local"]


def test_a_cache_that_is_on_is_the_projects_own() -> None:
    on = CacheSwitch("caching", ("default",)).settings(True, PROJECT, PLACE)
    assert on["CACHES"] == PROJECT["CACHES"]


def test_isolation_moves_only_caches_that_speak_the_redis_protocol() -> None:
    placed = isolated(PROJECT["CACHES"], PLACE)
    assert placed["default"]["LOCATION"] == PLACE.url
    assert placed["default"]["KEY_PREFIX"] == "perflab:1:all_on:shop:"
    assert placed["local"] == PROJECT["CACHES"]["local"]
    assert PROJECT["CACHES"]["default"]["LOCATION"] == "redis://elsewhere", "the project's own settings are left alone"


def test_the_server_holds_all_caches_or_it_does_not() -> None:
    redis, local = PROJECT["CACHES"]["default"], PROJECT["CACHES"]["local"]
    assert held_by_server({"default": redis, "none": {"BACKEND": DUMMY}})
    assert not held_by_server({"default": redis, "local": local})
    assert not held_by_server({}), "Django's own default is a cache in memory"


def test_indexes_are_missing_when_off() -> None:
    switch = IndexSwitch("indexes", ("a", "b"))
    assert switch.missing_indexes(False) == ("a", "b")
    assert switch.missing_indexes(True) == ()
    assert switch.settings(False, PROJECT, PLACE) == {}


def test_the_name_of_an_index_is_quoted() -> None:
    assert drop_statements(['odd"name']) == ['DROP INDEX "odd""name"']


def test_a_factor_of_the_scenario_becomes_its_switch() -> None:
    assert switch_of(SimpleNamespace(kind="indexes", name="i"), ["x"]) == IndexSwitch("i", ("x",))
    assert switch_of(SimpleNamespace(kind="cache", name="c", aliases=["default"]), []) == CacheSwitch("c", ("default",))
    with pytest.raises(ValueError, match="magic"):
        switch_of(SimpleNamespace(kind="magic", name="m"), [])
