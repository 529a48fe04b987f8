"""Fetching for all instances of a query set at once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from perflab.scenario.factors import fetch_mode
from perflab.scenario.factors.base import Context, Project
from perflab.scenario.factors.fetch_mode import APP, FetchModeFactor

FACTOR = FetchModeFactor(name="peers", kind="fetch_mode")
PROJECT = Project(SimpleNamespace(), dict)


def test_on_adds_the_app_that_changes_the_default_after_all_others() -> None:
    context = Context({"INSTALLED_APPS": ("a",)})
    assert FACTOR.changes(True, context).settings == {"INSTALLED_APPS": ["a", APP]}
    assert FACTOR.changes(False, context).settings == {}


@pytest.mark.parametrize(("version", "problems"), [("5.2.9", 1), ("6.0", 1), ("6.1", 0), ("7.0.1", 0)])
def test_it_needs_django_6_1(version: str, problems: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_mode, "django_version", lambda: version)
    assert len(list(FACTOR.problems(PROJECT))) == problems


def test_it_is_told_in_words() -> None:
    assert FACTOR.describe() == "fetch mode: FETCH_PEERS when on, FETCH_ONE when off"
