"""What a saved run says of its scenario, as types."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.scenario import (
    Endpoint,
    cache_factors,
    code_factors,
    factor_texts,
    index_factors,
    scenario_endpoints,
    scenario_hash,
    value_text,
    writing_endpoints,
)
from perflab.scenario.loading import parse, validated
from perflab.scenario.profiles import resolve
from perflab.scenario.traffic import Endpoint as Written
from tests.perflab.scenario.test_loading import GOOD
from tests.perflab.synthetic import scenario

JOB = {"name": "job", "method": "GET", "path": "/jobs/{pk}", "weight": 3, "audited": True, "as": "user", "cached": True,
       "params": {"pk": "shop.Job.pk", "user": "auth.User.pk"}}  # fmt: skip
PAY = {"name": "pay", "method": "POST", "path": "/pay", "weight": 1, "affects": ["job"], "body": {"sum": 3}}


def test_an_endpoint_has_what_the_scenario_says() -> None:
    job, pay = scenario_endpoints({"traffic": {"endpoints": [JOB, PAY]}})
    assert (job.name, job.method, job.path, job.weight, job.caller) == ("job", "GET", "/jobs/{pk}", 3.0, "user")
    assert job.audited and job.cached and not job.writes and job.params == JOB["params"]
    assert pay.writes and pay.affects == ("job",) and pay.body == {"sum": 3} and not pay.audited


def test_a_resolved_endpoint_is_read_back_as_it_was_written() -> None:
    for data in (JOB, {**PAY, "writes": False}):
        written = Written.model_validate(data)
        read = Endpoint.of(written.model_dump(mode="json", by_alias=True))
        for name in ("name", "method", "path", "weight", "audited", "cached", "writes", "params", "body"):
            assert getattr(read, name) == getattr(written, name), name
        assert (read.caller, list(read.affects)) == (written.as_, written.affects)


@pytest.mark.parametrize("scenario", [{}, {"traffic": None}, {"traffic": {}}, {"traffic": {"endpoints": None}}])
def test_a_scenario_without_traffic_has_no_endpoints(scenario: dict[str, object]) -> None:
    assert scenario_endpoints(scenario) == () and writing_endpoints(scenario) == frozenset()


def test_which_endpoints_write() -> None:
    assert writing_endpoints({"traffic": {"endpoints": [JOB, PAY]}}) == {"pay"}


@pytest.mark.parametrize(
    ("endpoint", "writes"),
    [
        ({"method": "GET"}, False),
        ({"method": "delete"}, True),
        ({"method": "POST", "writes": False}, False),
        ({"method": "GET", "writes": True}, True),
        ({"method": "POST", "writes": None}, True),
    ],
)
def test_the_method_decides_what_the_endpoint_does_not_say(endpoint: dict[str, object], writes: bool) -> None:
    assert Endpoint.of({"name": "it", **endpoint}).writes is writes


FACTORS = [
    {"name": "schema", "kind": "indexes"}, {"name": "lean", "kind": "setting"}, {"name": "redis", "kind": "cache"},
]  # fmt: skip


def test_a_run_of_schema_1_has_its_traits_by_kind() -> None:
    assert cache_factors({"factors": FACTORS}) == ["redis"]
    assert index_factors({"factors": FACTORS}) == ["schema"]


def test_traits_that_a_run_keeps_go_before_its_kinds() -> None:
    scenario = {"factors": FACTORS, "factor_traits": {"lean": ["caches", "drops_indexes"], "schema": []}}
    assert cache_factors(scenario) == index_factors(scenario) == ["lean"]


def test_versions_of_the_code_are_a_trait() -> None:
    traits = {"change": ["compares_code"], "redis": ["caches"]}
    assert code_factors({"factors": [{"name": "redis"}, {"name": "change"}], "factor_traits": traits}) == ["change"]


@pytest.mark.parametrize("scenario", [{}, {"factors": None}, {"factors": [{"name": "a"}]}])
def test_where_a_run_says_nothing_there_are_none(scenario: dict[str, Any]) -> None:
    assert cache_factors(scenario) == index_factors(scenario) == []


def test_the_traits_of_a_scenario_are_saved_and_it_can_be_validated_again() -> None:
    scenario = parse(GOOD)
    kept = resolve(scenario, "smoke").as_dict()
    kinds_alone = {key: value for key, value in kept.items() if key not in ("factor_traits", "factor_texts")}
    assert kinds_alone == scenario.as_dict(), "a preregistration has the same hash with and without traits"
    assert cache_factors(kept) == cache_factors(kinds_alone) != []
    assert index_factors(kept) == index_factors(kinds_alone) != []
    assert factor_texts(kept) == {factor.name: factor.describe() for factor in scenario.factors}
    assert factor_texts(kinds_alone) == {}, "a run from before"
    assert validated(kinds_alone, scenario.source).digest == scenario.digest


@pytest.mark.parametrize(
    "change",
    [{"margin": 0.05}, {"claims": []}, {"traffic": {"endpoints": []}}, {"factors": []}, {"precision": {"within": 1}}],
)
def test_moved_goalposts_show(change: dict[str, Any]) -> None:
    assert scenario_hash(scenario()) != scenario_hash(scenario(**change))


def test_what_decides_nothing_changes_nothing() -> None:
    assert scenario_hash(scenario()) == scenario_hash(scenario(title="Another title"))
    assert len(scenario_hash({})) == 64


def test_a_value_is_written_as_yaml_has_it_in_one_short_line() -> None:
    assert [value_text(value) for value in (0.6, True, None, "caller", ["a", 1])] == [
        "0.6", "true", "null", "caller", '["a", 1]',
    ]  # fmt: skip
    assert value_text("\x1b[31mred\n") == "[31mred"
    assert value_text("") == "(empty)"
    assert len(value_text("x" * 500)) == 60
