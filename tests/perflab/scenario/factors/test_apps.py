"""Apps that a switch puts in, with their settings and middleware."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from perflab.run.scenario import CACHES
from perflab.scenario.factors.apps import AppsFactor
from perflab.scenario.factors.base import Context, Project

OWN = {
    "INSTALLED_APPS": ["shop"], "MIDDLEWARE": ["own"], "CACHES": {"default": {"BACKEND": "a"}}, "LEVEL": 1,
}  # fmt: skip


def factor(*add: str, **keys: Any) -> AppsFactor:
    return AppsFactor.model_validate(
        {"name": "put-in", "kind": "apps", "add": [*add] or ["django.contrib.humanize"], **keys}
    )


def test_on_adds_them_and_off_changes_nothing() -> None:
    made = factor(
        "cachalot", settings={"CACHES": {"rows": {"BACKEND": "b"}}, "LEVEL": 2, "NEW": [1]}, middleware_first=["first"],
        middleware_last=["last"],
    )  # fmt: skip
    assert made.changes(False, Context(OWN)).settings == {}
    assert made.changes(True, Context(OWN)).settings == {
        "INSTALLED_APPS": ["shop", "cachalot"], "MIDDLEWARE": ["first", "own", "last"], "LEVEL": 2, "NEW": [1],
        "CACHES": {"default": {"BACKEND": "a"}, "rows": {"BACKEND": "b"}},
    }  # fmt: skip
    assert made.describe() == "apps: cachalot, with CACHES, LEVEL, NEW, MIDDLEWARE"


def test_whether_it_caches_is_for_the_scenario_to_say() -> None:
    assert (factor().caches, factor().traits) == (False, [])
    assert (factor(caches=True).caches, factor(caches=True).traits) == (True, [CACHES])
    dumped = factor(caches=True).model_dump(by_alias=True)
    assert dumped["caches"] is True and AppsFactor.model_validate(dumped).caches


def problems(made: AppsFactor) -> list[tuple[Any, ...]]:
    project = Project(SimpleNamespace(**OWN), dict)
    return [(problem.place, problem.what, problem.hint) for problem in made.problems(project)]


@pytest.mark.parametrize(
    ("made", "place", "what", "hint"),
    [
        (factor("no_such_app"), ("add", 0), f"{sys.executable} has no no_such_app",
         f"try `{sys.executable} -m pip install no_such_app`"),
        (factor("django.contrib.humanize.apps.NoConfig"), ("add", 0),
         f"{sys.executable} has no django.contrib.humanize.apps.NoConfig", f"try `{sys.executable} -m pip install django`"),
        (factor(middleware_last=["cacheops_.middleware"]), ("middleware_last", 0), f"{sys.executable} has no cacheops_",
         f"try `{sys.executable} -m pip install cacheops_`"),
        (factor(settings={"DEBUG": True}), ("settings", "DEBUG"), "perflab sets DEBUG itself", "remove it"),
        (factor(settings={"MIDDLEWARE": []}), ("settings", "MIDDLEWARE"), "the factor changes MIDDLEWARE itself",
         "use middleware_first or middleware_last"),
    ],
)  # fmt: skip
def test_what_is_wrong(made: AppsFactor, place: Any, what: str, hint: str) -> None:
    assert problems(made) == [(place, what, hint)]


def test_what_is_there_is_not_put_in_twice() -> None:
    (problem, *_) = problems(factor("shop"))
    assert problem == (("add", 0), "the project has the app shop already", "name one that it lacks")


def test_what_can_be_imported_is_no_problem() -> None:
    made = factor(
        "django.contrib.humanize", "django.contrib.sites.apps.SitesConfig",
        middleware_first=["django.middleware.cache.UpdateCacheMiddleware"],
    )  # fmt: skip
    assert problems(made) == []
