"""How much of a run is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from perflab.notebook.time_left import TimeLeft, WithTimeLeft
from perflab.scenario import loading

SCENARIO = Path(__file__).resolve().parents[3] / "scenarios" / "marketplace.yaml"


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


def replay(round_: int) -> dict[str, Any]:
    return {"event": "progress", "phase": "replay", "round": round_, "rounds": 3, "eta_s": 1.0}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def time_left(clock: Clock) -> TimeLeft:
    """Three rounds of 10 s of replay, and 6 s after them."""
    return TimeLeft(rounds=3, replay_s=30.0, after_s=6.0, clock=clock)


def left(time_left: TimeLeft) -> tuple[float, bool]:
    estimate = time_left.estimate()
    return estimate["left_s"], estimate["at_least"]


def test_the_plan_is_the_profiles() -> None:
    profile = loading.load(SCENARIO).profiles["smoke"]
    planned = TimeLeft.of(profile)
    assert (planned.rounds, planned.replay_s, planned.after_s) == (
        profile.rounds,
        profile.replay_s,
        profile.index_study_s,
    )


def test_the_load_test_is_part_of_what_comes_after_the_rounds() -> None:
    profile = loading.load(SCENARIO).profiles["default"]
    assert TimeLeft.of(profile, load_s=90).after_s == profile.index_study_s + 90


def test_before_the_rounds_it_is_at_least_what_is_planned_and_the_rest_of_the_seeding(time_left: TimeLeft) -> None:
    assert left(time_left) == (36.0, True)
    time_left.update({"event": "progress", "phase": "seed: rows", "eta_s": 12.0})
    assert left(time_left) == (48.0, True)
    time_left.update(phase("start workers"))
    assert left(time_left) == (36.0, True)


def test_in_the_first_round_it_is_at_least_what_is_planned(time_left: TimeLeft, clock: Clock) -> None:
    time_left.update(phase("replay"))
    clock.now = 4
    time_left.update(replay(1))
    assert left(time_left) == (32.0, True)
    clock.now = 17
    time_left.update(phase("save"))
    assert left(time_left) == (26.0, True), "a late round leaves the others whole"


def test_from_the_second_round_on_it_counts_rounds_as_long_as_the_one_before(time_left: TimeLeft, clock: Clock) -> None:
    for clock.now, event in ((0, phase("replay")), (9, replay(1)), (12, phase("save")), (18, phase("start workers")),
                             (25, phase("replay")), (25, replay(2))):  # fmt: skip
        time_left.update(event)
    assert left(time_left) == (25 + 25 + 6, False)
    clock.now = 45
    assert left(time_left) == (5 + 25 + 6, False)
    time_left.update(phase("save"))
    clock.now = 55
    assert left(time_left) == (25 + 6, False)


def test_after_the_last_round_there_is_what_is_planned_after_it_and_never_less_than_nothing(
    time_left: TimeLeft, clock: Clock
) -> None:
    for _ in range(3):
        time_left.update(phase("replay"))
        clock.now += 20
        time_left.update(phase("save"))
    assert left(time_left) == (6.0, False)
    clock.now += 4
    assert left(time_left) == (2.0, False)
    clock.now += 50
    assert left(time_left) == (0.0, False)


def test_every_event_is_shown_with_what_is_left_and_again_as_time_goes_by(time_left: TimeLeft, clock: Clock) -> None:
    seen = Seen()
    display = WithTimeLeft(seen, time_left)
    display.tick()
    assert seen.events == []
    display.show(phase("replay"))
    clock.now = 5
    display.tick()
    display.close()
    assert seen.events == [
        {**phase("replay"), "run": {"left_s": 36.0, "at_least": True}},
        {**phase("replay"), "run": {"left_s": 31.0, "at_least": True}},
        "closed",
    ]


def test_rounds_at_once_are_counted_in_one_lane(clock: Clock) -> None:
    """Five rounds of 10 s: one alone, then two in each of two lanes."""
    time_left = TimeLeft(rounds=5, replay_s=50.0, after_s=6.0, clock=clock)
    time_left.update(phase("replay"))
    assert left(time_left) == (56.0, True)
    clock.now = 12.0
    time_left.update(phase("save"))
    time_left.update(phase("replay"))
    time_left.update({**replay(2), "lanes": 2})
    assert left(time_left) == (30.0, False)
    clock.now = 24.0
    time_left.update(phase("save"))
    time_left.update(phase("replay"))
    assert left(time_left) == (18.0, False)


def test_the_progress_of_another_lane_is_no_round_of_the_first_one(clock: Clock) -> None:
    time_left = TimeLeft(rounds=5, replay_s=50.0, after_s=6.0, clock=clock)
    time_left.update(phase("replay"))
    clock.now = 12.0
    time_left.update(phase("save"))
    time_left.update({**replay(3), "lanes": 2})
    time_left.update(phase("clone databases"))
    time_left.update({**replay(3), "lanes": 2})
    time_left.update(phase("replay"))
    assert left(time_left) == (30.0, False)
