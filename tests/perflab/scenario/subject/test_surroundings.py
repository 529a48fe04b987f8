"""Folders and variables of a scenario: in this process for a while, and in run.json without secrets."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario import loading, profiles, project
from perflab.scenario.models import Scenario
from perflab.scenario.subject import surroundings

TEXT = """
title: Which surroundings?
subject: {settings: shop.settings, seed: "shop.seeding:archetypes"%s}
data: {as_of: "2025-10-20", rows: {}}
traffic:
  rate_per_s: 1
  active_users: 2
  zipf: 0
  endpoints: [{name: home, method: GET, path: /, weight: 1}]
factors: [{name: fast, kind: setting, setting: FAST, when_off: false, when_on: true}]
profiles: {default: {scale: 1, rounds: 1, block: 20, replay_s: 1}}
"""


def scenario(subject: str = "") -> Scenario:
    return loading.parse(TEXT % subject)


def test_folders_come_first_and_all_is_as_before_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOP_NAME", "shell")
    path = list(sys.path)
    with surroundings.entered(scenario(', path: [src], env: {SHOP_NAME: "", OTHER: x}')):
        assert sys.path == [str(tmp_path / "src"), *path]
        assert (os.environ["SHOP_NAME"], os.environ["OTHER"]) == ("", "x")
    assert sys.path == path
    assert os.environ["SHOP_NAME"] == "shell"
    assert "OTHER" not in os.environ


def test_a_project_with_an_interpreter_of_its_own_has_a_process_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop_settings.py").write_text('import os\nNAME = os.environ["SHOP_NAME"]\n')
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    with surroundings.entered(scenario(f", python: {sys.executable}, path: [src], env: {{SHOP_NAME: Ladle}}")):
        assert project.base_settings("shop_settings")["NAME"] == "Ladle"
        assert (sys.path, "SHOP_NAME" in os.environ) == (path, False), "nothing of it is here"
    assert "shop_settings" not in sys.modules
    with pytest.raises(InputError, match="cannot import shop_settings"):
        project.base_settings("shop_settings")


@pytest.mark.parametrize("key", ["path: [nowhere]", "python: nowhere"])
def test_a_mistake_names_the_line_and_leaves_all_as_it_was(key: str) -> None:
    before = list(sys.path)
    with (
        pytest.raises(InputError, match=r"^scenario\.yaml:3: subject\.(path|python): .*nowhere"),
        surroundings.entered(scenario(f", {key}")),
    ):
        pass
    assert sys.path == before


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ("{PYTHONPATH: x}", "subject.env: perflab sets PYTHONPATH itself; remove it"),
        ("{PERFLAB_HOME: x}", "subject.env: perflab sets PERFLAB_HOME itself"),
        ("{A: 1}", r"subject\.env\.A should be text, not 1"),
        ("{A-B: x}", "is malformed"),
    ],
)
def test_variables_that_cannot_be_set(env: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        scenario(f", env: {env}")


def test_run_json_has_variables_without_secrets() -> None:
    loaded = scenario(
        ", env: {NAME: shop, API_KEY: a, DB_PASSWORD: b, SENTRY_DSN: c, DATABASE_URL: 'postgres://me:s3@cret@db/x', MODE: ''}"
    )
    resolved = profiles.resolve(loaded, "default", {"rounds": 2})
    assert resolved.scenario.subject.env["API_KEY"] == "a", "a parameter does not mask what the project gets"
    assert resolved.as_dict()["subject"]["env"] == {
        "NAME": "shop", "API_KEY": "********", "DB_PASSWORD": "********", "SENTRY_DSN": "********",
        "DATABASE_URL": "postgres://********@db/x", "MODE": "",
    }  # fmt: skip


def test_perflabs_own_interpreter_needs_no_remark() -> None:
    assert surroundings.remarks(scenario().subject) == []


def test_seeded_data_depends_on_the_variables() -> None:
    facts = [surroundings.facts(scenario(f", env: {env}").subject) for env in ("{}", "{A: x}", "{A: y}")]
    assert facts[0] == {}
    assert facts[1] != facts[2]
    assert "x" not in facts[1].values()
