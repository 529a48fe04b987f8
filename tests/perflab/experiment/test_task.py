"""What a started task says on its standard output, and how it ends."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from perflab.servers.supervision.lock import REPLAY_LOCK, replay_lock
from tests.perflab.tasks import Task, alive, task
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.replays,
    pytest.mark.timeout(900),  # a replay takes turns with others on the machine
]

SCENARIO = {
    "title": "Is there anything to see?",
    "subject": {"settings": "tests.projects.tiny", "seed": "tests.projects.tiny:archetypes"},
    "data": {"as_of": "2025-10-20", "rows": {}},
    "traffic": {"rate_per_s": 5, "active_users": 2, "zipf": 1,
                "endpoints": [{"name": "greet", "method": "GET", "path": "/greet/", "weight": 1}]},
    "factors": [{"name": "politeness", "kind": "setting", "setting": "GREETING", "when_off": "oi", "when_on": "good day"}],
    "profiles": {"smoke": {"scale": 1, "rounds": 1, "block": 20, "replay_s": 1}},
}  # fmt: skip


@contextmanager
def started(name: str, arguments: dict[str, Any] | str, home: Path, tmp_path: Path) -> Iterator[Task]:
    with task(name, arguments, home, tmp_path / "log") as running:
        yield running


def scenario(tmp_path: Path, **changes: Any) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(json.dumps({**SCENARIO, **changes}))
    return str(path)


def replaying(tmp_path: Path, scenario_path: str) -> dict[str, Any]:
    return {"scenario": scenario_path, "profile": "smoke", "overrides": {}, "seed": 1,
            "directory": str(tmp_path / "run"), "command": "perflab run"}  # fmt: skip


def test_a_result_is_the_last_word(perflab_home: Path, tmp_path: Path) -> None:
    with started("check", {"scenario": scenario(tmp_path)}, perflab_home, tmp_path) as check:
        assert check.end() == 0
    (event,) = check.events
    assert event["event"] == "result"
    assert "Is there anything to see?" in event["text"]
    assert "measured on SQLite" in event["text"]


def test_an_error_is_one_event_without_a_traceback(perflab_home: Path, tmp_path: Path) -> None:
    path = scenario(tmp_path, titel="misspelt")
    with started("check", {"scenario": path}, perflab_home, tmp_path) as check:
        assert check.end() == 2
    assert check.error["kind"] == "InputError"
    assert "titel" in check.error["message"] and "tiny.yaml" in check.error["message"]
    assert "\n" not in check.error["message"]
    assert "Traceback" not in check.log.read_text()


def test_what_a_project_prints_is_no_event(perflab_home: Path, tmp_path: Path) -> None:
    path = scenario(tmp_path, subject={**SCENARIO["subject"], "settings": "tests.projects.talkative"})  # type: ignore[dict-item]
    with started("check", {"scenario": path}, perflab_home, tmp_path) as check:
        assert check.end() == 0
    assert [event["event"] for event in check.events] == ["result"]
    assert "the settings are being read" in check.log.read_text()
    assert "so says a child" in check.log.read_text()


def test_an_error_that_nobody_foresaw_is_one_event_and_its_traceback_is_in_the_log(
    perflab_home: Path, tmp_path: Path
) -> None:
    with started("check", "{}", perflab_home, tmp_path) as check:
        assert check.end() == 2
    assert check.error["kind"] == "PerflabError"
    assert check.error["message"] == "KeyError: 'scenario'"
    assert "Traceback" in check.log.read_text()


@pytest.mark.parametrize("arguments", ["", "{", "[]"])
def test_arguments_that_are_none(perflab_home: Path, tmp_path: Path, arguments: str) -> None:
    with started("check", arguments, perflab_home, tmp_path) as check:
        assert check.end() == 2
    assert check.error["kind"] == "PerflabError"


@pytest.fixture
def waiting(perflab_home: Path, tmp_path: Path) -> Iterator[Task]:
    """A replay that waits for this process to let go of the machine's lock: data and first requests are done, no server runs."""
    if not sys.platform.startswith("linux"):
        pytest.skip("who holds a lock is known on Linux")
    with (
        replay_lock("the test suite", path=REPLAY_LOCK),
        started("replay", replaying(tmp_path, scenario(tmp_path)), perflab_home, tmp_path) as replay,
    ):
        waits = lambda: [e for e in replay.said(event="phase") if "another replay" in e["name"]]  # noqa: E731 - asked twice
        wait_until(lambda: waits() or replay.ended(), 240)
        assert waits(), replay.log.read_text()
        yield replay


def status(tmp_path: Path) -> str:
    return str(json.loads((tmp_path / "run" / "run.json").read_text())["status"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts(waiting: Task, tmp_path: Path, number: int) -> None:
    assert status(tmp_path) == "running"
    waiting.process.send_signal(number)
    assert waiting.end(30) == 2
    assert waiting.error["kind"] == "Interrupted"
    assert status(tmp_path) == "interrupted"
    assert "Traceback" not in waiting.log.read_text()


def test_it_ends_when_whoever_started_it_is_gone(waiting: Task, tmp_path: Path) -> None:
    everything = waiting.tree()
    assert waiting.process.stdin is not None
    waiting.process.stdin.close()
    assert waiting.end(30) == 2
    wait_until(lambda: not alive(everything), 5)
    assert status(tmp_path) == "interrupted"
