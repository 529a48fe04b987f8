"""What is left out of a first scenario, so that a first run takes minutes."""

from __future__ import annotations

from typing import Any

from perflab.experiment.setup.trying import Tried
from perflab.scenario.drafting.candidates import Candidate
from perflab.scenario.drafting.looking import Facts
from perflab.scenario.drafting.proposal import Found, scenario_text
from perflab.scenario.drafting.size import LONG_S, affordable, smoke_s

MODELS: Any = ["shop.Order"]
FACTS = Facts("5.2", [], MODELS, None, None, False, False, False, ["default"], True)


def found(*milliseconds: float) -> Found:
    tried = [Tried(f"/{n}/", Candidate(f"/{n}/"), milliseconds=ms) for n, ms in enumerate(milliseconds)]
    return Found(FACTS, [*tried, Tried("/gone/", None, "it fails")])


def names(shown: Found) -> list[str]:
    return [factor["name"] for factor in shown.factors]


def test_a_quick_project_keeps_all() -> None:
    shown = affordable(found(10.0, 20.0))
    assert names(shown) == ["indexes", "joins", "caching"] and not shown.slow
    assert len(shown.tried) == 3


def test_switches_go_before_routes() -> None:
    shown = affordable(found(*[100.0] * 20))
    assert names(shown) == ["joins"] and not shown.slow
    assert smoke_s(shown.tried, shown.factors) <= LONG_S


def test_the_slowest_routes_go_next_and_are_listed() -> None:
    shown = affordable(found(6_000.0, 100.0, 3_000.0, 1_000.0))
    assert [each.route for each in shown.slow] == ["/0/", "/2/"]
    assert {each.route for each in shown.tried} == {"/1/", "/3/", "/gone/"}
    assert smoke_s(shown.tried, shown.factors) <= LONG_S


def test_one_route_stays_however_slow() -> None:
    assert len([each for each in affordable(found(60_000.0)).tried if each.candidate is not None]) == 1


def test_the_file_names_what_is_left_out() -> None:
    facts = Facts("5.2", [], MODELS, None, None, False, False, False, [], False)
    shown = Found(facts, [], slow=[Tried("/a/", Candidate("/a/"), milliseconds=6_000.0)])
    lines = scenario_text({"settings": "shop.settings"}, {"from": "models", "rows": {}}, shown, "shop").splitlines()
    assert lines[-2:] == [
        "# Left out of a first run, because they are slow; as endpoints they look like the others",
        "#   /a/ 6.0 s",
    ]
