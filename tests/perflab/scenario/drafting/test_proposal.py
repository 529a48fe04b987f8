"""The file that is proposed: a scenario that loads, with what is missing in comments."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from perflab.experiment.setup.trying import Tried
from perflab.scenario import loading
from perflab.scenario.drafting.candidates import Candidate
from perflab.scenario.drafting.looking import Facts, Route
from perflab.scenario.drafting.proposal import Found, factors_of, provisional, scenario_text, updated

MODELS: Any = ["shop.Order"]
FACTS = Facts(
    "5.2", [Route(path, None, (), "views") for path in ("/", "/gone/", "/admin/")], MODELS, None, None, False, True, False,
    ["default"], True,
)  # fmt: skip
SUBJECT = {"settings": "shop.settings", "python": ".venv", "path": ["src"], "env": {"A": "b: 'c'"}}
DATA = {"from": "models", "as_of": "2026-11-30", "rows": {"every": 500}}
HOSTILE = "it fails (500): \n- evil: [\u2028*x]\x1b[31m"


def found() -> Found:
    tried = [Tried("/", Candidate("/")), Tried("/gone/", None, HOSTILE)]
    return Found(FACTS, tried, {"/admin/": "the admin"}, {"shop.Odd": "no value is known for x"})


def test_it_loads_and_has_what_was_said() -> None:
    scenario = loading.parse(scenario_text(SUBJECT, DATA, found(), "shop: #1"))
    assert scenario.subject.seed is None and scenario.seeding.endswith(":from_models")
    assert (scenario.subject.settings, scenario.subject.python, scenario.subject.path) == (
        "shop.settings",
        ".venv",
        ["src"],
    )
    assert scenario.subject.env == {"A": "b: 'c'"}
    assert scenario.data.rows == {"every": 500, "shop.Odd": 0}
    assert [endpoint.path for endpoint in scenario.traffic.endpoints] == ["/"]
    assert scenario.factor_names == ("indexes", "joins", "caching")
    assert set(scenario.profiles) == {"smoke", "default"}


def test_copied_data_has_no_numbers_of_rows() -> None:
    facts = Found(FACTS, found().tried)
    text = scenario_text(SUBJECT, {"from": "database", "source": "$SHOP_URL"}, facts, "shop")
    scenario = loading.parse(text)
    assert (scenario.data.from_, scenario.data.source, scenario.data.rows) == ("database", "$SHOP_URL", {})
    assert "# Rows are a copy of an existing database, which is only read." in text


def test_what_is_missing_stands_in_comments_on_one_line_each() -> None:
    lines = scenario_text(SUBJECT, DATA, found(), "shop").splitlines()
    assert "# Not reached: it fails (500): - evil: [ *x] [31m" in lines
    assert lines[lines.index("# Not requested: the admin") + 1] == "#   /admin/"
    assert "# Left empty: no value is known for x" in lines


def test_switches_are_those_that_the_project_has() -> None:
    bare = Facts("5.2", [], [], None, None, False, False, False, [], False)
    assert factors_of(bare) == []
    assert [factor["kind"] for factor in factors_of(replace(bare, models=FACTS.models))] == ["joins"]
    assert [factor["kind"] for factor in factors_of(FACTS)] == ["indexes", "joins", "cache"]
    newest = Facts("6.1", [], FACTS.models, None, None, False, False, False, [], True)
    assert [factor["kind"] for factor in factors_of(newest)] == ["indexes", "joins", "fetch_mode"]


def test_a_project_without_switches_is_asked_where_its_time_goes() -> None:
    bare = Facts("6.1", FACTS.routes, [], None, None, False, False, False, [], False)
    scenario = loading.parse(scenario_text(SUBJECT, DATA, replace(found(), facts=bare), "shop"))
    assert (scenario.title, scenario.factor_names) == ("Where does shop spend its time?", ())


def test_what_is_tried_is_a_valid_scenario() -> None:
    assert loading.parse(json.dumps(provisional(SUBJECT, DATA))).data.rows == {"every": 500}


def test_writes_follow_the_reads_and_name_those_that_they_affect() -> None:
    shop = {"shop": "shop.Shop.pk"}
    facts = replace(
        FACTS, routes=[Route(path, None, (), "v") for path in ("/", "/shops/{shop}/", "/shops/{shop}/items/")]
    )
    post = Candidate(
        "/shops/{shop}/items/", {**shop, "caller": "auth.User.pk"}, "user", "session", method="POST", body={"n": 1}
    )
    tried = [
        Tried("/", Candidate("/")), Tried("/shops/{shop}/", Candidate("/shops/{shop}/", shop)),
        Tried("POST /shops/{shop}/items/", post), Tried("PUT /shops/{shop}/", None, "it fails"),
    ]  # fmt: skip
    text = scenario_text(SUBJECT, DATA, Found(facts, tried), "shop")
    *reads, write = loading.parse(text).traffic.endpoints
    assert [read.method for read in reads] == ["GET", "GET"]
    assert (write.name, write.method, write.weight, write.body) == ("post-shops-shop-items", "POST", 0.2, {"n": 1})
    assert write.affects == [reads[1].name], "not the first page, which shows something else"
    assert "1 write of its OpenAPI schema succeeded" in text and "#   PUT /shops/{shop}/" in text
    same, names = updated(text, loading.parse(text), Found(facts, tried))
    assert (same, names) == (text, [])
