"""A scenario written as YAML says the same when it is read again, by whatever reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from perflab.scenario.loading import load, parse, validated
from perflab.scenario.output.writing import plain, text
from perflab.scenario.source import Source
from tests.perflab import explored

SCENARIOS = sorted((Path(__file__).resolve().parents[4] / "scenarios").glob("*.yaml"))

JOB = 1  # an endpoint that no write affects, so that it may write


def with_endpoint(**changes: Any) -> dict[str, Any]:
    made = explored.question()
    made["traffic"]["endpoints"][JOB].update(changes)
    return made


def again(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A scenario as plain data, and the same after it was written and read."""
    before = validated(data, Source(Path("x.yaml")))
    return before.as_dict(), parse(text(plain(before))).as_dict()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_of_the_project_is_the_same_again(path: Path) -> None:
    before = load(path)
    assert parse(text(plain(before))).as_dict() == before.as_dict()


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"a": None, "b": [None, 1, 1.0, True]},
        {"on": "off", "n": "yes", "y": "~", "t": "12:30", "z": "0123", "d": "2025-01-01"},
        "{user_id}",
        {"text": "two\nlines: # no comment, é ✓ \u2028 'and' \"quotes\" \\ {{braces}}"},
        {"empty": "", "none": {}, "no": []},
        {"deep": [{"a": [{"b": {"c": 1e-7}}]}]},
        {"long": "word " * 100},
    ],
)
def test_whatever_a_body_holds_is_the_same_again(body: Any) -> None:
    data = with_endpoint(method="POST", body=body, path="/{user_id}")
    before, after = again(data)
    assert after == before
    assert after["traffic"]["endpoints"][JOB]["body"] == body


def test_a_post_that_only_reads_and_a_get_that_writes_stay_so() -> None:
    for method, writes in (("POST", False), ("GET", True), ("POST", True), ("GET", False)):
        before, after = again(with_endpoint(method=method, writes=writes))
        assert after == before and after["traffic"]["endpoints"][JOB]["writes"] is writes


def test_what_is_so_by_default_is_left_out() -> None:
    written = plain(validated(explored.question(), Source(Path("x.yaml"))))
    first, last = written["traffic"]["endpoints"][0], written["traffic"]["endpoints"][-1]
    assert not {"writes", "body", "once", "headers", "where"} & set(first) and "writes" not in last
    assert "timeout_s" not in written["traffic"] and "precision" not in written
    assert "weight: 12\n" in text(written), "12.0 says no more"


def test_a_reader_of_yaml_1_1_reads_the_same() -> None:
    data = with_endpoint(method="POST", body={"on": "off", "t": "12:30", "y": "no"}, path="/{user_id}")
    before = validated(data, Source(Path("x.yaml")))
    old = YAML(typ="safe", pure=True)
    old.version = (1, 1)
    assert old.load(text(plain(before))) == plain(before)


def test_no_value_is_broken_over_lines() -> None:
    lines = text(plain(load(SCENARIOS[-1]))).splitlines()
    assert all(line == "" or ":" in line or line.lstrip().startswith("-") for line in lines)
    assert any(line.startswith("    - name: ") for line in lines)
