"""Taking joins away."""

from __future__ import annotations

from perflab.scenario.factors.base import Context
from perflab.scenario.factors.joins import APP, JoinsFactor

FACTOR = JoinsFactor(name="joins", kind="joins")
CONTEXT = Context({"INSTALLED_APPS": ("a", "b")})


def test_off_adds_the_app_that_takes_them_away_after_all_others() -> None:
    assert FACTOR.changes(False, CONTEXT).settings == {"INSTALLED_APPS": ["a", "b", APP]}


def test_on_is_the_project_as_it_is() -> None:
    assert FACTOR.changes(True, CONTEXT).settings == {}
    assert FACTOR.describe() == "joins: the project's select_related and prefetch_related"
