"""What a run has to know of the database before it begins; whole runs are prepared in test_run.py."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.errors import InputError
from perflab.experiment.setup.preparation import Prepared, _index_names
from perflab.run.indexes import Index
from perflab.scenario.factors.base import Context
from perflab.scenario.factors.indexes import IndexFactor


def index(name: str, kind: Any) -> Index:
    return Index(name, "shop_order", "shop.Order", kind, ("total",), ("total",))


INDEXES = [
    index("pk", "constraint"),
    index("by_total", "meta"),
    index("by_user", "foreign_key"),
    index("by_day", "field"),
]


def test_the_indexes_in_question_are_those_that_factors_switch() -> None:
    switched = {"lean": ["by_user", "by_total"], "leaner": ["by_user"]}
    assert Prepared(indexes=INDEXES, index_names=switched).candidates == ["by_total", "by_user"]


def test_without_such_a_factor_they_are_those_that_the_models_declare() -> None:
    assert Prepared(indexes=INDEXES).candidates == ["by_day", "by_total"]


def test_a_factor_that_finds_no_index_to_switch_is_an_error() -> None:
    class Scenario:
        path = "shop.yaml"
        factors = (IndexFactor(name="lean", kind="indexes", which=["declared"]),)

    scenario: Any = Scenario()
    assert dict(_index_names(scenario, Context(indexes={"by_total": "meta", "pk": "constraint"}))) == {
        "lean": ["by_total"]
    }
    with pytest.raises(InputError, match="the factor lean has no index to switch"):
        list(_index_names(scenario, Context(indexes={"pk": "constraint"})))
