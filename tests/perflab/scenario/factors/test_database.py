"""Changing parameters of PostgreSQL."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from perflab.scenario.factors.base import Context, Project
from perflab.scenario.factors.database import DatabaseFactor

FACTOR = DatabaseFactor(
    name="jit", kind="database", when_on={"jit": "off", "work_mem": "64MB", "random_page_cost": 1.1}
)


def test_each_level_has_its_parameters() -> None:
    assert FACTOR.changes(False, Context()).database_options == {}
    expected = {"options": "-c jit=off -c work_mem=64MB -c random_page_cost=1.1"}
    assert FACTOR.changes(True, Context()).database_options == expected
    assert FACTOR.describe().startswith(
        "database: jit = off, work_mem = 64MB, random_page_cost = 1.1 when on, as it is when off"
    )


@pytest.mark.parametrize("value", ["x y", "o'clock", "a\\b"])
def test_a_value_that_would_end_the_option_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        DatabaseFactor(name="x", kind="database", when_on={"jit": value})


def test_sqlite_has_none() -> None:
    (problem,) = FACTOR.problems(Project(SimpleNamespace(), dict, "sqlite"))
    assert problem.hint == "remove the factor"
    assert list(FACTOR.problems(Project(SimpleNamespace(), dict, "postgresql"))) == []
