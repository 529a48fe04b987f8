"""The traits of a saved run's factors."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.scenario import cache_factors, index_factors
from perflab.scenario.loading import parse, saved
from perflab.scenario.profiles import resolve
from tests.perflab.scenario.test_loading import GOOD

FACTORS = [
    {"name": "schema", "kind": "indexes"}, {"name": "lean", "kind": "setting"}, {"name": "redis", "kind": "cache"},
]  # fmt: skip


def test_a_run_of_schema_1_has_its_traits_by_kind() -> None:
    assert cache_factors({"factors": FACTORS}) == ["redis"]
    assert index_factors({"factors": FACTORS}) == ["schema"]


def test_traits_that_a_run_keeps_go_before_its_kinds() -> None:
    scenario = {"factors": FACTORS, "factor_traits": {"lean": ["caches", "drops_indexes"], "schema": []}}
    assert cache_factors(scenario) == index_factors(scenario) == ["lean"]


@pytest.mark.parametrize("scenario", [{}, {"factors": None}, {"factors": [{"name": "a"}]}])
def test_where_a_run_says_nothing_there_are_none(scenario: dict[str, Any]) -> None:
    assert cache_factors(scenario) == index_factors(scenario) == []


def test_the_traits_of_a_scenario_are_saved_and_it_can_be_validated_again() -> None:
    scenario = parse(GOOD)
    kept = resolve(scenario, "smoke").as_dict()
    kinds_alone = {key: value for key, value in kept.items() if key != "factor_traits"}
    assert kinds_alone == scenario.as_dict(), "a preregistration has the same hash with and without traits"
    assert cache_factors(kept) == cache_factors(kinds_alone) != []
    assert index_factors(kept) == index_factors(kinds_alone) != []
    assert saved(kept, scenario.source).digest == scenario.digest
