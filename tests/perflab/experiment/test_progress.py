"""The events for the person who waits."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.experiment.progress import Phases, ReplayProgress, RoundProgress, Wait


def test_a_phase_is_reported_when_it_begins_and_its_seconds_add_up_even_if_it_fails() -> None:
    events: list[dict[str, Any]] = []
    phases = Phases(events.append)
    with phases("replay"):
        assert events == [{"event": "phase", "name": "replay"}]
    with phases("save"):
        pass
    before = phases.seconds["replay"]
    with pytest.raises(KeyError), phases("replay"):
        raise KeyError
    assert phases.seconds["replay"] >= before
    assert [record["name"] for record in phases.as_list()] == ["replay", "save"], (
        "in the order in which they first came"
    )


def row(cell: str, latency_s: float | None, phase: str = "measured") -> dict[str, Any]:
    return {"cell": cell, "latency_s": latency_s, "phase": phase}


def test_progress_has_the_share_of_the_run_and_the_medians_of_what_was_measured() -> None:
    events: list[dict[str, Any]] = []
    replay = ReplayProgress(4, 10.0, events.append)
    replay.ended(1)
    progress = RoundProgress(2, replay)
    progress.block([row("all_off", 9.0, "warmup"), row("all_on", 9.0, "check"), row("twin", 9.0)], 2.5)
    assert (events[0]["p50_baseline_s"], events[0]["p50_optimised_s"]) == (None, None)
    progress.block([row("all_off", 3.0), row("all_off", 5.0), row("all_on", 1.0), row("all_on", None)], 5.0)
    last = events[-1]
    assert (last["event"], last["phase"], last["round"], last["rounds"], last["block"]) == (
        "progress",
        "replay",
        2,
        4,
        2,
    )
    assert (last["done"], last["total"]) == (1.5 / 4, 1.0)
    assert (last["p50_baseline_s"], last["p50_optimised_s"]) == (4.0, 1.0)


@pytest.mark.parametrize(("replayed_s", "eta_s"), [(0.1, 29.9), (5.0, 25.0), (10.0, 20.0), (15.0, 30.0)])
def test_the_time_left_is_that_of_the_replays_alone(replayed_s: float, eta_s: float) -> None:
    """A round that exceeds its time lets the next ones be expected to; what comes before a replay does not."""
    events: list[dict[str, Any]] = []
    replay = ReplayProgress(4, 10.0, events.append)
    replay.ended(1)
    RoundProgress(2, replay).block([], replayed_s)
    assert events[0]["eta_s"] == pytest.approx(eta_s)


def test_rounds_at_once_share_what_is_left() -> None:
    events: list[dict[str, Any]] = []
    replay = ReplayProgress(5, 10.0, events.append)
    replay.ended(1)
    replay.lanes = 2
    for number, replayed_s in ((2, 5.0), (3, 5.0)):
        RoundProgress(number, replay).block([], replayed_s)
    assert [(event["round"], event["done"], event["eta_s"], event["lanes"]) for event in events] == [
        (2, 1.5 / 5, 17.5, 2),
        (3, 2.0 / 5, 15.0, 2),
    ]


def test_a_wait_says_for_whom_and_how_long() -> None:
    events: list[dict[str, Any]] = []
    now = 100.0
    wait = Wait(events.append, lambda: now)
    wait.waiting("pid 1 (shop)")
    now = 190.0
    wait.waiting("pid 1 (shop)")
    wait.waiting("pid 2 (api)")
    now = 200.0
    assert wait.ended() == {"waited": {"seconds": 100.0, "for": ["pid 1 (shop)", "pid 2 (api)"]}}
    assert all(event["waiting"] for event in events), "shown also where progress is not"
    begins = "waiting for another replay on this machine: "
    assert [event["name"] for event in events] == [
        f"{begins}pid 1 (shop)",
        f"{begins}pid 1 (shop), 1 min 30 s so far",
        f"{begins}pid 2 (api), 1 min 30 s so far",
        "waited 1 min 40 s for pid 1 (shop) and pid 2 (api)",
    ]


def test_whoever_does_not_wait_says_nothing() -> None:
    events: list[dict[str, Any]] = []
    assert Wait(events.append).ended() == {}
    assert events == []
