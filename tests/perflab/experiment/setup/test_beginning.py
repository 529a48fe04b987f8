"""The beginning of a run; whole runs are in tests/perflab/experiment/test_run.py and tests/cases."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from perflab.experiment.setup import beginning
from perflab.scenario.loading import load as load_scenario

PROJECT = Path(__file__).parents[4]


def test_what_check_remarks_on_is_said_at_the_start_and_kept() -> None:
    """No run: the sessions of this project are in the cache that is switched."""
    scenario = load_scenario(PROJECT / "tests" / "cases" / "caches" / "sessions.yaml")
    saved: dict[str, Any] = {}
    events: list[dict[str, Any]] = []
    writer: Any = SimpleNamespace(save_meta=saved.update)
    beginning._note(scenario, writer, events.append)
    assert [event["name"] for event in events] == [f"note: {note}" for note in saved["notes"]]
    assert "sessions are in the cache 'default'" in saved["notes"][0]
