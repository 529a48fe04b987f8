"""`perflab capacity`: what it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.cli import capacity as command
from perflab.cli.main import main
from perflab.cli.run import Outcome
from perflab.errors import InputError

PROJECT = Path(__file__).resolve().parents[3]
SCENARIO = PROJECT / "scenarios" / "marketplace.yaml"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The calls of `run`, which measures nothing here."""
    calls: list[tuple[Any, ...]] = []

    def run(path: Path, profile: str, pairs: Any, *, quiet: bool) -> Outcome:
        calls.append((path, profile, list(pairs), quiet))
        return Outcome("the page", True, Path())

    monkeypatch.setattr(command, "run", run)
    return calls


def test_the_replay_is_short_and_the_load_test_as_long_as_the_scenario_says(runs: list[tuple[Any, ...]]) -> None:
    command.capacity(SCENARIO, "default", None, [])
    assert runs == [(SCENARIO, "default", ["rounds=3", "replay_s=40", "index_study_s=0", "capacity_s=120"], False)]


def test_a_profile_that_skips_it_skips_it_in_other_runs_only(runs: list[tuple[Any, ...]]) -> None:
    command.capacity(SCENARIO, "smoke", None, [])
    assert runs[0][2][-1] == "capacity_s=120"


def test_what_is_given_comes_before_what_is_short(runs: list[tuple[Any, ...]]) -> None:
    assert main(["capacity", str(SCENARIO), "--seconds", "30", "-p", "rounds=5", "-q"]) == 0
    assert runs == [(SCENARIO, "default", ["rounds=5", "replay_s=40", "index_study_s=0", "capacity_s=30"], True)]


def test_a_scenario_without_it_is_refused_with_what_to_write() -> None:
    with pytest.raises(InputError, match=r"no load test.*capacity: \{server: gunicorn\}"):
        command.capacity(PROJECT / "scenarios" / "foreign_keys.yaml", "default", None, [])
