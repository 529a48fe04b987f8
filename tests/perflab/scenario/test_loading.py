"""Bad scenarios: one line that names file and line, says what is wrong and what to try."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.run.metrics import CLAIM_METRICS
from perflab.run.tables import reserved_names
from perflab.scenario.loading import load, parse, validated
from perflab.scenario.models import Scenario

GOOD = """\
title: A question
subject:
  settings: shop.settings
  seed: shop.seeding:archetypes
data:
  as_of: "2025-10-20"
  rows: {users: 100}
traffic:
  rate_per_s: 10
  active_users: 20
  zipf: 1
  endpoints:
    - {name: read, method: GET, path: "/things/{thing_id}", weight: 9, audited: true, params: {thing_id: shop.Thing.pk}}
    - name: write
      method: POST
      path: /things/
      weight: 1
      params: {owner_id: auth.User.pk, thing_id: shop.Thing.pk}
      as: owner_id
      body: {owner: "{owner_id}"}
      affects: [read]
factors:
  - {name: fast, kind: setting, setting: FAST, when_off: false, when_on: true}
  - {name: lean, kind: indexes, which: [declared]}
  - {name: cached, kind: cache, aliases: [default]}
claims:
  - id: faster
    statement: It is faster
    metric: latency_s
    direction: at_least
    bound: 0.5
    scope: audited
profiles:
  smoke: {scale: 0.1, rounds: 3, block: 20, replay_s: 10}
"""


def changed(old: str, new: str) -> tuple[str, int]:
    """GOOD with a change, and the line that it is in."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new), GOOD[: GOOD.index(old)].count("\n") + 1


def complaint(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse(text, "s.yaml")
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_good_one() -> None:
    scenario = parse(GOOD, "scenarios/shop.yaml")
    assert scenario.name == "shop"
    assert scenario.path == Path("scenarios/shop.yaml")
    assert scenario.factor_names == ("fast", "lean", "cached")
    assert scenario.audited == ("read",)
    assert scenario.margin == 0.02
    assert scenario.profiles["smoke"].warmup_blocks == 1
    read, write = scenario.traffic.endpoints
    assert (read.writes, write.writes) == (False, True)
    assert write.as_ == "owner_id"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        # unknown keys, with what was meant
        ("title: A question", "title: A\ntitel: B", "unknown key titel; did you mean 'title'?"),
        ("weight: 9", "weigth: 9", "unknown key traffic.endpoints[0].weigth; did you mean 'weight'?"),
        ("bound: 0.5", "bound: 0.5\n    boundary: 1", "unknown key claims[0].boundary; did you mean 'bound'?"),
        ("aliases: [default]", "alias: [default]", "unknown key factors[2].alias; did you mean 'aliases'?"),
        ("replay_s: 10", "replay: 10", "unknown key profiles.smoke.replay; did you mean 'replay_s'?"),
        ("rate_per_s: 10", "rate_per_s: 10\n  zzz: 1", "unknown key traffic.zzz; use one of rate_per_s"),
        # what is missing
        ("  settings: shop.settings\n", "", "subject.settings is missing"),
        ("kind: cache, ", "", "factors[2].kind is missing"),
        # types
        ("rounds: 3", 'rounds: "3"', "profiles.smoke.rounds should be a whole number, not the text '3'; remove the quotes"),
        ("rounds: 3", "rounds: 03", "profiles.smoke.rounds should be a whole number, not the text '03'"),
        ("rounds: 3", "rounds: 2.5", "should be a whole number, not 2.5"),
        ("rounds: 3", "rounds: true", "should be a whole number, not true"),
        ("rate_per_s: 10", "rate_per_s: fast", "traffic.rate_per_s should be a number, not the text 'fast'"),
        ("audited: true", "audited: on", "should be true or false, not the text 'on'; YAML 1.2"),
        ("audited: true", "audited: 1", "should be true or false, not 1"),
        ("title: A question", "title: 12", "title should be text, not 12"),
        ("title: A question", "title: ''", "title is empty"),
        ("title: A question", "title:", "title should be text, not nothing"),
        ("affects: [read]", "affects: read", "affects should be a list, not the text 'read'"),
        ("{thing_id: shop.Thing.pk}}", "{thing_id: 3}}", "params.thing_id should be text or a list, not 3"),
        ("rows: {users: 100}", "rows: [users]", "data.rows should be a mapping, not a list"),
        ("rows: {users: 100}", "rows: {users: -1}", "data.rows.users should be at least 0, not -1"),
        ("which: [declared]", "which: []", "factors[1].which is empty"),
        ("seed: shop.seeding:archetypes", "seed: a:b\n  auth: sesion", "write session, token, or package.module:name"),
        ('as_of: "2025-10-20"', "as_of: yesterday", "data.as_of: 'yesterday' is not a date; write it as 2025-10-20"),
        ('as_of: "2025-10-20"', "as_of: 20251020", "data.as_of should be a date such as 2025-10-20, not 20251020"),
        ("zipf: 1", "zipf: .inf", ".inf is not a finite number"),
        ("zipf: 1", "zipf: .nan", ".nan is not a finite number"),
        ("zipf: 1", "zipf: 12e5678", "12e5678 is not a finite number"),
        ("zipf: 1", "zipf: -1", "traffic.zipf should be at least 0, not -1"),
        ("rate_per_s: 10", "rate_per_s: 0", "traffic.rate_per_s should be above 0, not 0"),
        ("block: 20", "block: 19", "profiles.smoke.block should be at least 20, not 19"),
        ("settings: shop.settings", "settings: shop/settings.py", "write a module, such as site_config.settings"),
        ("seed: shop.seeding:archetypes", "seed: shop.seeding", "write package.module:name"),
        ("setting: FAST", "setting: fast", "write the name of a setting, in capitals"),
        # factors
        ("kind: cache", "kind: cahce", "unknown kind 'cahce'; did you mean 'cache'?"),
        ("name: lean", "name: fast", "the factor 'fast' is defined twice"),
        ("name: lean", "name: latency_s", "a factor may not be named 'latency_s': the samples have a column with that name"),
        ("name: lean", "name: status", "a factor may not be named 'status'"),
        ("name: lean", "name: all_off", "a factor may not be named 'all_off': a cell has that name"),
        ("name: lean", "name: twin", "a factor may not be named 'twin': a cell has that name"),
        ("name: lean", "name: reference", "a factor may not be named 'reference': a cell has that name"),
        ("name: lean", "name: a+b", "factors[1].name: the text 'a+b' is malformed; begin with a letter"),
        ("name: lean", "name: ''", "factors[1].name: the text '' is malformed"),
        # endpoints
        ("name: read,", "name: write,", "the endpoint 'write' is defined twice"),
        ("name: read,", "name: audited,", "an endpoint may not be named 'audited'"),
        ("method: POST", "method: post", "method: the text 'post' is not a valid value; did you mean 'POST'?"),
        ("method: POST", "method: {POST: 1}", "method: a mapping is not a valid value; use one of GET"),
        ("method: POST", "method: BREW", "method: the text 'BREW' is not a valid value; use one of GET"),
        ("path: /things/", "path: things/", "the text 'things/' is malformed; begin with /"),
        ("path: /things/", 'path: "/things/{thing}"', "path: no param fills {thing}; did you mean 'thing_id'?"),
        ("path: /things/", 'path: "/things/{"', "path: "),
        ("path: /things/", 'path: "/things/{}"', "path: {} is not a placeholder"),
        ("path: /things/", 'path: "/things/{thing_id:03}"', "path: {thing_id} is not a placeholder"),
        ("path: /things/", 'path: "/things/{thing_id.x}"', "path: {thing_id.x} is not a placeholder"),
        ('owner: "{owner_id}"', 'owner: "{ownr_id}"', "body: no param fills {ownr_id}; did you mean 'owner_id'?"),
        ("{thing_id: shop.Thing.pk}}", "{thing_id: shop.Thing.pk, more: [1]}}", "nothing uses the param 'more'"),
        ("{thing_id: shop.Thing.pk}}", "{thing_id: []}}", "the list of 'thing_id' is empty"),
        ("{thing_id: shop.Thing.pk}}", "{thing_id: [[1]]}}", "may contain only numbers and text"),
        ("{thing_id: shop.Thing.pk}}", "{thing_id: Thing.pk}}", "'Thing.pk' is not a model field (app.Model.field); write"),
        ("as: owner_id", "as: owner", "`as` names the param 'owner', which the endpoint does not have; did you mean 'owner_id'?"),
        ("as: owner_id", "as: owner_id\n      where: {shop.Box.size: 3}",
         "`where` names 'shop.Box.size', but no param is drawn from that model"),
        ("affects: [read]", "affects: [raed]", "`affects` names the endpoint 'raed', which does not exist; did you mean 'read'?"),
        ("affects: [read]", "affects: [write]", "`affects` names 'write', which writes"),
        ("affects: [read]", "affects: [read, read]", "`affects` lists 'read' twice"),
        ("affects: [read]", "affects: [read]\n      writes: false", "write does not write, so it affects nothing"),
        ("{thing_id: shop.Thing.pk}}", "{thing_id: shop.Thing.pk}, body: {a: 1}}", "a GET request has no body"),
        # claims
        ("metric: latency_s", "metric: latency", "unknown metric 'latency'; did you mean 'latency_s'?"),
        ("metric: latency_s", "metric: response_digest", "unknown metric 'response_digest'"),
        ("direction: at_least", "direction: atleast",
         "direction: the text 'atleast' is not a valid value; did you mean 'at_least'?"),
        ("scope: audited", "scope: raed", "unknown scope 'raed'; did you mean 'read'?"),
        ("bound: 0.5", "bound: 95", "is a relative reduction, at most 1, not 95; write 0.95 for 95%"),
        ("audited: true, ", "", "no endpoint is audited"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(old: str, new: str, what: str) -> None:
    text, line = changed(old, new)
    message = complaint(text)
    where, _, rest = message.partition(": ")
    assert what in rest
    assert re.fullmatch(r"s\.yaml:\d+", where)
    if "missing" not in what and "no endpoint is audited" not in what:
        extra = new.count("\n") if "defined twice" in what or "\n" in new else 0
        assert line <= int(where.removeprefix("s.yaml:")) <= line + extra + (1 if "name: read," in old else 0)


def test_weights_that_sum_to_nothing() -> None:
    text = GOOD.replace("weight: 9", "weight: 0").replace("weight: 1\n", "weight: 0\n")
    assert complaint(text) == "s.yaml:12: the weights add up to 0; give an endpoint a weight above 0"


def test_no_factor_may_be_named_like_any_column() -> None:
    for name in reserved_names():
        assert f"may not be named '{name}'" in complaint(GOOD.replace("name: lean", f"name: {name}"))


def test_a_share_is_no_percentage() -> None:
    text = GOOD.replace("metric: latency_s", "metric: cache_hit_rate").replace("bound: 0.5", "bound: 80")
    assert "the bound of cache_hit_rate is a share, at most 1, not 80; write 0.8 for 80%" in complaint(text)
    counted = GOOD.replace("metric: latency_s", "metric: index_count").replace("bound: 0.5", "bound: 22")
    assert parse(counted).claims[0].bound == 22


def test_two_claims_of_one_name() -> None:
    twice = GOOD.replace(
        "profiles:",
        "  - {id: faster, statement: B, metric: query_count, direction: at_most, bound: 0}\nprofiles:",
    )
    assert complaint(twice) == "s.yaml:33: the claim 'faster' is defined twice; rename or remove one of them"


def test_the_first_mistake_of_several_is_reported_and_the_others_counted() -> None:
    text = GOOD.replace("title: A question", "title: 1").replace("rounds: 3", "rounds: x").replace("zipf: 1", "zipf: z")
    message = complaint(text)
    assert message.startswith("s.yaml:1: title should be text")
    assert message.endswith("not 1; 2 more mistakes after this one")


@pytest.mark.parametrize("text", ["- a\n- b\n", "just text\n", "12\n"])
def test_a_scenario_is_a_mapping(text: str) -> None:
    assert complaint(text).startswith("s.yaml:1: a scenario is a mapping")


def test_a_setting_may_be_anything() -> None:
    for written, value in [
        ("off", "off"),
        ("0123", "0123"),
        ("12:30", "12:30"),
        ("[1, {a: null}]", [1, {"a": None}]),
        ("", None),
    ]:
        scenario = parse(GOOD.replace("when_off: false", f"when_off: {written}"))
        assert getattr(scenario.factors[0], "when_off", ...) == value


def test_the_file_is_named_as_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(GOOD.replace("zipf: 1", "zipf: -1"))
    with pytest.raises(InputError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}:11: ")


def test_the_digest_is_of_the_content_not_of_its_form() -> None:
    scenario = parse(GOOD)
    assert parse("# a comment\n" + GOOD.replace("zipf: 1", "zipf: 1.0")).digest == scenario.digest
    assert parse(GOOD.replace("zipf: 1", "zipf: 1.1")).digest != scenario.digest


def test_as_plain_data_it_is_the_same_scenario() -> None:
    scenario = parse(GOOD)
    again = validated(scenario.as_dict(), scenario.source)
    assert isinstance(again, Scenario)
    assert again.digest == scenario.digest
    assert again.traffic.endpoints[1].writes


def test_every_metric_can_be_claimed() -> None:
    for metric in CLAIM_METRICS:
        assert parse(GOOD.replace("metric: latency_s", f"metric: {metric}")).claims[0].metric == metric


@pytest.mark.parametrize("name", ["hit", "rows", "bytes", "entries"])
def test_a_factor_may_have_the_name_of_a_column_that_the_samples_lack(name: str) -> None:
    assert name in parse(GOOD.replace("name: lean", f"name: {name}")).factor_names
