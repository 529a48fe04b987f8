"""A profile of a scenario, and NAME=VALUE on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario.loading import load, parse
from perflab.scenario.profiles import resolve

MARKETPLACE = Path(__file__).parents[3] / "scenarios" / "marketplace.yaml"


def test_rows_are_the_datas_times_the_scale() -> None:
    scenario = load(MARKETPLACE)
    assert resolve(scenario, "default").rows == scenario.data.rows
    assert resolve(scenario, "smoke").rows["users"] == 1000
    assert resolve(scenario, "nightly").rows["payments"] == 1_250_000
    assert set(resolve(scenario, "smoke", {"scale": 1e-9}).rows.values()) == {1}


def test_numbers_can_be_changed_and_text_reads_as_yaml() -> None:
    scenario = load(MARKETPLACE)
    resolved = resolve(
        scenario,
        "smoke",
        {
            "rounds": "5",
            "zipf": ".8",
            "active_users": 30,
            "margin": "0.05",
            "as_of": "2025-01-31",
            "replay_s": 3,
            "database": "sqlite",
        },
    )
    assert resolved.profile.rounds == 5
    assert resolved.profile.replay_s == 3
    assert resolved.scenario.traffic.zipf == 0.8
    assert resolved.scenario.traffic.active_users == 30
    assert resolved.scenario.margin == 0.05
    assert resolved.scenario.as_of.isoformat() == "2025-01-31"
    assert resolved.scenario.subject.database == "sqlite"
    assert scenario.subject.database == "postgresql"
    assert resolved.scenario.name == scenario.name
    assert resolved.scenario.digest != scenario.digest
    assert resolved.as_dict()["profiles"]["smoke"]["rounds"] == 5
    # the other profiles, and the scenario itself, stay as they were
    assert resolved.scenario.profiles["default"] == scenario.profiles["default"]
    assert scenario.profiles["smoke"].rounds == 3


def test_what_a_change_is_meant_to_change_can_be_added() -> None:
    text = MARKETPLACE.read_text(encoding="utf-8") + "\nexpect: {slower: [reviews]}\n"
    scenario = parse(text)
    first, second = (endpoint.name for endpoint in scenario.traffic.endpoints[:2])
    expected = f'{{"slower": ["{first}"], "changed_responses": "{second}"}}'
    made = resolve(parse(text.replace("[reviews]", f"[{second}]")), "smoke", {"expect": expected}).scenario.expect
    assert (made.slower, made.changed_responses, made.more_queries) == ([second, first], [second], [])


def test_without_changes_it_is_the_same_scenario() -> None:
    scenario = load(MARKETPLACE)
    assert resolve(scenario, "smoke").scenario is scenario


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("round", "5", "unknown parameter 'round'; did you mean 'rounds'?"),
        ("rounds", "x", "profiles.smoke.rounds should be a whole number, not the text 'x'"),
        ("rounds", "0", "should be at least 1, not 0"),
        ("rounds", "", "should be a whole number, not the text ''"),
        ("rounds", "12e5678", "12e5678 is not a finite number"),
        ("scale", "inf", "should be a number, not the text 'inf'"),
        ("scale", float("inf"), "finite"),
        ("scale", float("nan"), "finite"),
        ("replay_s", "false", "should be a number, not false"),
        ("replay_s", "[1", "not YAML"),
        ("as_of", "tomorrow", "'tomorrow' is not a date"),
        ("title", "B", "unknown parameter 'title'"),
        ("expect", "reviews", "expect is not a mapping"),
        ("expect", "{slow: [reviews]}", "unknown key expect.slow; did you mean 'slower'"),
        ("expect", "{slower: [reviewz]}", "expect.slower: there is no endpoint 'reviewz'; did you mean 'review'"),
        ("database", "sqllite", "subject.database: the text 'sqllite' is not a valid value; did you mean 'sqlite'"),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: object, what: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve(load(MARKETPLACE), "smoke", {name: value})
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_profile_is_refused_with_what_was_meant() -> None:
    with pytest.raises(
        InputError, match=r"marketplace\.yaml:\d+: the scenario has no profile 'smok'; did you mean 'smoke'"
    ):
        resolve(load(MARKETPLACE), "smok")


def test_names_of_before_are_still_read() -> None:
    changes = {"turn": "4", "ledger_s": 7}
    profile = resolve(load(MARKETPLACE), "smoke", changes).profile
    assert (profile.slice, profile.index_study_s) == (4, 7.0)
    text = MARKETPLACE.read_text(encoding="utf-8").replace("index_study_s: 120", "ledger_s: 60, turn: 9")
    old = parse(text).profiles["default"]
    assert (old.slice, old.index_study_s) == (9, 60.0)
    with pytest.raises(InputError, match=r"unknown key profiles\.default\.ledger_s"):
        parse(text.replace("ledger_s: 60", "ledger_s: 60, index_study_s: 60"))


def test_a_claim_may_name_its_metric_as_older_files_do() -> None:
    text = MARKETPLACE.read_text(encoding="utf-8")
    older = parse(
        text.replace("metric: changed_responses", "metric: changed_answers").replace("stale_responses", "stale_answers")
    )
    assert older.claims == load(MARKETPLACE).claims and older.digest == load(MARKETPLACE).digest
