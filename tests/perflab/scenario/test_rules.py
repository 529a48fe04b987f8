"""Keys of a scenario that contradict each other; how the message names file and line is in test_loading.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML

from perflab.scenario import rules
from perflab.scenario.models import Scenario
from tests.perflab.scenario.test_loading import GOOD

Raw = dict[str, Any]


def problems(change: Callable[[Raw], object] = lambda raw: None) -> list[tuple[str, str, str | None]]:
    raw: Raw = YAML(typ="safe").load(GOOD)
    change(raw)
    return [
        (".".join(map(str, problem.place)), problem.what, problem.hint)
        for problem in rules.problems(Scenario.model_validate(raw))
    ]


def endpoint(number: int, **changes: Any) -> Callable[[Raw], object]:
    return lambda raw: raw["traffic"]["endpoints"][number].update(changes)


def claim(**changes: Any) -> Callable[[Raw], object]:
    return lambda raw: raw["claims"][0].update(changes)


def test_a_good_scenario_has_no_problem() -> None:
    assert problems() == []


def test_the_load_test_loads_cells_that_exist_and_each_once() -> None:
    def loads(*cells: str) -> list[tuple[str, str, str | None]]:
        return problems(lambda raw: raw.update(capacity={"cells": list(cells)}))

    assert loads("all_off", "all_on", "twin", "canary") == []
    assert loads("all_of") == [("capacity.cells.0", "there is no cell 'all_of' to load", "did you mean 'all_off'?")]
    assert loads("all_on", "reference")[0][:2] == ("capacity.cells.1", "there is no cell 'reference' to load")
    assert loads("all_on", "all_on")[0][:2] == ("capacity.cells.1", "the cell 'all_on' is defined twice")


def test_what_is_expected_is_of_an_endpoint_that_exists() -> None:
    def expecting(**keys: list[str]) -> list[tuple[str, str, str | None]]:
        return problems(lambda raw: raw.update(expect=keys))

    raw: Raw = YAML(typ="safe").load(GOOD)
    name = raw["traffic"]["endpoints"][0]["name"]
    assert expecting(changed_responses=[name], slower=["ALL"]) == []
    assert expecting(slower=["nowhere"])[0][:2] == ("expect.slower.0", "there is no endpoint 'nowhere'")


def test_one_factor_switches_the_code() -> None:
    code = {"kind": "code", "off": {"revision": "main"}}
    found_in = problems(lambda raw: raw.update(factors=[{"name": "a", **code}, {"name": "b", **code}], claims=[]))
    assert ("factors.1.kind", "a second factor switches the code") in [problem[:2] for problem in found_in]


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (
            lambda raw: raw["factors"][0].update(name="latency_s"),
            "factors.0.name",
            "the samples have a column with that name",
        ),
        (lambda raw: raw["factors"][0].update(name="all_on"), "factors.0.name", "a cell has that name"),
        (lambda raw: raw["factors"][0].update(name="lean"), "factors.1.name", "the factor 'lean' is defined twice"),
        (endpoint(0, name="ALL"), "traffic.endpoints.0.name", "the word is reserved"),
        (endpoint(0, body={"a": 1}), "traffic.endpoints.0.body", "a GET request has no body"),
        (endpoint(0, path="/things/{things_id}"), "traffic.endpoints.0.path", "no param fills {things_id}"),
        (endpoint(1, affects=["raed"]), "traffic.endpoints.1.affects.0", "'raed', which does not exist"),
        (endpoint(1, affects=["write"]), "traffic.endpoints.1.affects.0", "names 'write', which writes"),
        (endpoint(0, affects=["read"]), "traffic.endpoints.0.affects", "read does not write, so it affects nothing"),
        (endpoint(1, headers={"X-Id": "{nobody}"}), "traffic.endpoints.1.headers.X-Id", "no param fills {nobody}"),
        (endpoint(1, body=None, form={"a": ["{nobody}"]}), "traffic.endpoints.1.form", "no param fills {nobody}"),
        (endpoint(1, body=None, files={"f": {"content": "{"}}), "traffic.endpoints.1.files.f", "files.f: "),
        (endpoint(1, body=None, files={"f": {"size": 1, "path": "x"}}), "traffic.endpoints.1.files.f", "has path and size"),
        (endpoint(1, body={}, form={}), "traffic.endpoints.1.body", "a request has a body or a form, not both"),
        (endpoint(0, form={}), "traffic.endpoints.0.form", "a GET request has no body"),
        (endpoint(1, body={"a": 1}, headers={"content-type": "application/x-www-form-urlencoded"}),
         "traffic.endpoints.1.body", "is sent as JSON, not as application/x-www-form-urlencoded"),
        (endpoint(0, params={"thing_id": "no function:x"}), "traffic.endpoints.0.params.thing_id", "is not a function path"),
        (endpoint(0, auth="session"), "traffic.endpoints.0.auth", "read has a login but no caller"),
        (claim(metric="latency"), "claims.0.metric", "unknown metric 'latency'"),
        (claim(bound=50), "claims.0.bound", "a relative reduction, at most 1, not 50"),
        (claim(metric="index_count", bound=-1), "claims.0.bound", "index_count is never below 0"),
        (claim(scope="reed"), "claims.0.scope", "unknown scope 'reed'"),
        (endpoint(0, audited=False), "claims.0.scope", "no endpoint is audited"),
    ],
)  # fmt: skip
def test_a_contradiction_has_its_place(change: Callable[[Raw], object], where: str, what: str) -> None:
    matching = [message for place, message, _ in problems(change) if place == where]
    assert any(what in message for message in matching), problems(change)


def test_all_problems_are_told_at_once() -> None:
    def change(raw: Raw) -> None:
        raw["claims"][0]["metric"] = "nothing"
        raw["traffic"]["endpoints"][0]["body"] = {}

    assert len(problems(change)) == 2


def test_texts_forms_and_functions_contradict_nothing() -> None:
    def change(raw: Raw) -> None:
        write = raw["traffic"]["endpoints"][1]
        write.update(body="a={n}", headers={"Content-Type": "text/plain; charset=utf-8", "X-N": "{n}"})
        write["params"] = {**write.get("params", {}), "n": "package.module:function"}

    assert problems(change) == []


def test_without_factors_nothing_may_compare() -> None:
    def alone(raw: Raw) -> None:
        raw.pop("factors")
        raw.update(claims=[], capacity={})

    assert problems(alone) == []
    raw: Raw = YAML(typ="safe").load(GOOD)
    alone(raw)
    scenario = Scenario.model_validate(raw)
    assert scenario.capacity is not None and scenario.capacity.loaded(()) == ["all_off"]

    def demanding(raw: Raw) -> None:
        raw.update(factors=[], precision={"within": 0.01})

    assert [(where, what.partition(",")[0], hint) for where, what, hint in problems(demanding)] == [
        ("claims", "a claim compares everything on with everything off", "add a factor, or remove the claims"),
        ("precision", "precision is that of a comparison", "add a factor, or remove it"),
    ]
