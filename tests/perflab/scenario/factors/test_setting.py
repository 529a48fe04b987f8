"""Giving a setting another value."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from perflab.scenario.factors.base import Context, Project
from perflab.scenario.factors.setting import SettingFactor

PROJECT = Project(SimpleNamespace(OPTIMISED=True, DEBUG=False), dict)


def factor(setting: str) -> SettingFactor:
    return SettingFactor(name="queries", kind="setting", setting=setting, when_off=False, when_on=True)


def test_a_setting_has_a_value_for_each_level() -> None:
    assert factor("OPTIMISED").changes(False, Context()).settings == {"OPTIMISED": False}
    assert factor("OPTIMISED").changes(True, Context()).settings == {"OPTIMISED": True}


@pytest.mark.parametrize(
    ("setting", "what", "hint"),
    [
        ("OPTIMIZED", "the project has no setting OPTIMIZED", "did you mean 'OPTIMISED'?"),
        ("XYZZY", "the project has no setting XYZZY", "give it its usual value in the settings"),
        ("DEBUG", "perflab sets DEBUG itself", "switch another setting"),
    ],
)
def test_a_setting_that_cannot_be_switched(setting: str, what: str, hint: str) -> None:
    (problem,) = factor(setting).problems(PROJECT)
    assert (problem.place, problem.what, problem.hint) == (("setting",), what, hint)


def test_a_setting_of_the_project_is_fine() -> None:
    assert list(factor("OPTIMISED").problems(PROJECT)) == []
