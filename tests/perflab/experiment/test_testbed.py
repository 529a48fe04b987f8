"""What a testbed says about the project's caches and indexes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import global_settings

from perflab.experiment.setup.preparation import Prepared
from perflab.experiment.testbed import Testbed as Bed  # pytest collects what begins with Test
from perflab.experiment.testbed import is_configured
from perflab.run.indexes import Index
from perflab.scenario.factors.cache import DUMMY

INDEXES = [Index(name, "t", "app.T", "meta", (name,), (name,)) for name in ("a", "b")]


def bed_of(kind: str = "setting", prepared: Prepared | None = None) -> Bed:
    subject = SimpleNamespace(settings="tests.projects.tiny")
    scenario = SimpleNamespace(factors=[SimpleNamespace(name="x", kind=kind)], subject=subject)
    nothing = cast(Any, None)
    question = cast(Any, SimpleNamespace(scenario=scenario))
    return Bed(question, 1, nothing, [], nothing, prepared or Prepared())


@pytest.mark.parametrize(
    ("caches", "configured"),
    [
        (global_settings.CACHES, False),
        ({"default": {"BACKEND": DUMMY}}, False),
        ({}, False),
        ({"default": {"BACKEND": DUMMY}, "other": {"BACKEND": "django_redis.cache.RedisCache"}}, True),
        ({"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "x"}}, True),
    ],
)
def test_djangos_default_and_the_dummy_cache_are_no_configured_cache(caches: Any, configured: bool) -> None:
    assert is_configured(caches) is configured


def test_a_project_whose_cache_a_factor_switches_has_one() -> None:
    assert bed_of("cache").has_cache


def test_the_catalogue_has_the_build_times_that_were_measured_and_the_testbed_stays_as_it_is() -> None:
    bed = bed_of(prepared=Prepared(indexes=INDEXES))
    assert [index["build_s"] for index in bed.catalogue({"a": 0.5})["indexes"]] == [0.5, None]
    assert [index["build_s"] for index in bed.catalogue()["indexes"]] == [None, None]
    assert bed.catalogue()["candidates"] == ["a", "b"]


def test_candidates_are_the_indexes_that_factors_switch_where_there_are_any() -> None:
    assert Prepared(indexes=INDEXES, index_names={"indexes": ["b"]}).candidates == ["b"]
