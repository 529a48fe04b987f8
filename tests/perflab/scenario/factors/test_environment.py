"""Changing environment variables."""

from __future__ import annotations

from types import SimpleNamespace

from perflab.scenario.factors.base import Context, Project
from perflab.scenario.factors.environment import EnvironmentFactor

FACTOR = EnvironmentFactor(name="pool", kind="environment", when_off={"POOL": "0"}, when_on={"POOL": "1", "SIZE": "4"})


def test_each_level_has_its_variables() -> None:
    assert FACTOR.changes(False, Context()).environment == {"POOL": "0"}
    assert FACTOR.changes(True, Context()).environment == {"POOL": "1", "SIZE": "4"}


def test_values_may_be_secrets_and_are_not_told() -> None:
    assert FACTOR.describe() == "environment: POOL, SIZE"


def test_what_perflab_sets_itself_is_a_problem() -> None:
    factor = EnvironmentFactor(name="x", kind="environment", when_on={"PYTHONPATH": "/x"})
    (problem,) = factor.problems(Project(SimpleNamespace(), dict))
    assert (problem.place, problem.what) == (("when_on", "PYTHONPATH"), "perflab sets PYTHONPATH itself")
