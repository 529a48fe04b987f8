"""How much of a whole run is left."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from perflab.notebook import forecast
from perflab.notebook.forecast import Forecast, WithForecast
from perflab.scenario import loading, profiles
from perflab.scenario.profiles import Resolved

SCENARIO = Path(__file__).resolve().parents[3] / "scenarios" / "marketplace.yaml"
PHASES = [("wait for other replays", 500.0), ("seed", 9.0), ("start workers", 10.0), ("replay", 20.0), ("index ledger", 4.0),
          ("durable writes", 2.0)]  # fmt: skip


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Seen:
    events: list[Any] = field(default_factory=list)

    def show(self, event: Any) -> None:
        self.events.append(event)

    def tick(self) -> None:
        raise AssertionError("it is shown the last event again")

    def close(self) -> None:
        self.events.append("closed")


def phase(name: str) -> dict[str, Any]:
    return {"event": "phase", "name": name}


@pytest.fixture
def question() -> Resolved:
    return profiles.resolve(loading.load(SCENARIO), "smoke")


def save(reports: Path, question: Resolved, run_id: str = "20261101-000000", **changes: Any) -> None:
    directory = reports / "marketplace" / run_id
    (directory / "notebooks").mkdir(parents=True)
    facts = {
        "status": "complete", "scenario_name": "marketplace", "parameters": {"profile": "smoke"}, "scenario": question.as_dict(),
        "phases": [{"name": name, "seconds": seconds} for name, seconds in PHASES], **changes,
    }  # fmt: skip
    (directory / "run.json").write_text(json.dumps(facts, default=str), encoding="utf-8")
    executed = {"metadata": {"papermill": {"duration": 6.0}}}
    (directory / "notebooks" / "3_charts.ipynb").write_text(json.dumps(executed), encoding="utf-8")


def test_an_earlier_run_of_the_same_profile_says_what_each_phase_takes(tmp_path: Path, question: Resolved) -> None:
    save(tmp_path, question)
    found = forecast.of(question, tmp_path)
    assert found.whole
    assert found.expected == {"start workers": 10.0, "replay": 20.0, "index ledger": 6.0, "notebook 3_charts": 6.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "failed"}, {"scenario_name": "another"}, {"parameters": {"profile": "default"}}, {"phases": None},
        {"scenario": {"profiles": {"smoke": {"rounds": 99}}}}, {"scenario": None},
    ],
)  # fmt: skip
def test_any_other_run_says_nothing_of_this_one(tmp_path: Path, question: Resolved, changes: dict[str, Any]) -> None:
    save(tmp_path, question, **changes)
    found = forecast.of(question, tmp_path)
    assert not found.whole
    assert found.expected == {
        "replay": question.profile.replay_s,
        "profile": 0.0,
        "index ledger": question.profile.index_study_s,
    }


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path, question: Resolved) -> None:
    save(tmp_path, question)
    save(tmp_path, question, "20261102-000000")
    (tmp_path / "marketplace" / "20261102-000000" / "run.json").write_text("half a fi", encoding="utf-8")
    assert forecast.of(question, tmp_path).whole


def test_what_was_spent_is_taken_off_and_more_than_expected_counts_for_nothing() -> None:
    clock = Clock()
    found = Forecast({"start workers": 10.0, "replay": 30.0}, whole=True, clock=clock)
    found.note(phase("start workers"))
    assert found.rest() == {"share": 0.0, "left_s": 40.0}
    clock.now = 4
    found.note(phase("replay"))
    clock.now = 10
    assert found.rest() == {"share": pytest.approx(10 / 40), "left_s": 30.0}
    clock.now = 90
    assert found.rest() == {"share": pytest.approx(90 / 96), "left_s": 6.0}, "start workers comes again in each round"


def test_after_the_rounds_what_was_quicker_than_expected_is_over() -> None:
    found = Forecast(
        {"replay": 30.0, "profile": 3.0, "burst": 4.0, "notebook 3_charts": 5.0}, whole=True, clock=Clock()
    )
    for name, left_s in (("replay", 42.0), ("burst", 9.0), ("read plans", 9.0), ("notebook 3_charts", 5.0)):
        found.note(phase(name))
        assert found.rest()["left_s"] == left_s, name


def test_phases_that_share_a_budget_are_one() -> None:
    clock = Clock()
    found = Forecast({"index ledger": 10.0}, whole=True, clock=clock)
    found.note(phase("durable writes"))
    clock.now = 4
    assert found.rest()["left_s"] == 6.0


def test_waiting_is_no_part_of_a_run_and_nobody_knows_how_long_it_takes() -> None:
    clock = Clock()
    found = Forecast({"replay": 30.0}, whole=True, clock=clock)
    found.note(phase("waiting for another replay on this machine: pid 5"))
    assert found.rest() == {}
    clock.now = 600
    found.note(phase("replay"))
    assert found.rest() == {"share": 0.0, "left_s": 30.0}


def test_seeding_comes_on_top_as_long_as_it_says_so() -> None:
    found = Forecast({"replay": 30.0}, whole=False, clock=Clock())
    found.note({"event": "progress", "phase": "seed: rows", "eta_s": 12.0})
    assert found.rest() == {"share": None, "left_s": 42.0}


def test_every_event_is_shown_with_what_is_left_and_again_as_time_goes_by() -> None:
    clock, seen = Clock(), Seen()
    display = WithForecast(seen, Forecast({"replay": 30.0}, whole=True, clock=clock))
    display.tick()
    assert seen.events == []
    display.show(phase("replay"))
    clock.now = 15
    display.tick()
    display.close()
    assert seen.events == [
        {**phase("replay"), "run": {"share": 0.0, "left_s": 30.0}},
        {**phase("replay"), "run": {"share": 0.5, "left_s": 15.0}},
        "closed",
    ]
