"""Switching Django caches."""

from __future__ import annotations

from types import SimpleNamespace

from perflab.scenario.factors.base import Context, Project
from perflab.scenario.factors.cache import CacheFactor
from perflab.scenario.project import BEHIND, DUMMY_BACKEND, SWITCHED_OFF_BACKEND

CACHES = {
    "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://elsewhere"},
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
FACTOR = CacheFactor(name="caching", kind="cache", aliases=["default"])
CONTEXT = Context({"CACHES": CACHES})


def test_a_cache_that_is_off_keeps_nothing_and_the_others_stay() -> None:
    """A backend of Django's offers what DummyCache offers; behind another one stands what it offers beside entries."""
    off = FACTOR.changes(False, CONTEXT).settings
    behind = {"BACKEND": SWITCHED_OFF_BACKEND, BEHIND: CACHES["default"]}
    assert off == {"CACHES": {"default": behind, "local": CACHES["local"]}}
    local = CacheFactor(name="caching", kind="cache", aliases=["local"])
    assert local.changes(False, CONTEXT).settings["CACHES"]["local"] == {"BACKEND": DUMMY_BACKEND}
    assert FACTOR.changes(False, Context(off)).settings["CACHES"]["default"] == {"BACKEND": DUMMY_BACKEND}, (
        "twice is once"
    )


def test_a_cache_that_is_on_is_the_projects_own() -> None:
    on = FACTOR.changes(True, CONTEXT)
    assert on.settings == {"CACHES": CACHES}
    assert on.drop_indexes == () and not on.database_options and not on.environment


def test_an_alias_that_the_project_lacks() -> None:
    project = Project(SimpleNamespace(CACHES={"defualt": {}}), dict)
    (problem,) = FACTOR.problems(project)
    assert problem.place == ("aliases", 0)
    assert (problem.what, problem.hint) == ("the project has no cache 'default'", "did you mean 'defualt'?")
