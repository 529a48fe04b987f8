"""What an event says in words."""

from __future__ import annotations

import pytest

from perflab.notebook.events import share_of, text_of

REPLAY = {
    "event": "progress", "phase": "replay", "done": 0.41, "total": 1.0, "round": 2, "rounds": 3, "block": 17, "eta_s": 14.2,
    "p50_baseline_s": 0.0121, "p50_optimised_s": 0.0012,
}  # fmt: skip


def test_a_replay_reports_share_time_left_round_block_and_both_medians() -> None:
    assert text_of(REPLAY) == "replay 41% · 14 s left · round 2 of 3 · block 17 · p50 12.1 ms -> 1.20 ms"
    assert text_of(REPLAY, bar="####").startswith("replay #### 41% · 14 s left")


def test_seeding_reports_rate_and_time_left() -> None:
    event = {
        "event": "progress", "phase": "seed", "done": 5, "total": 20, "rate": 319_000.4, "eta_s": 65, "text": "reviews",
    }  # fmt: skip
    assert text_of(event) == "seed 25% · 1 min 05 s left · reviews · 319,000/s"


def test_the_time_left_in_the_run_goes_before_that_of_the_phase() -> None:
    run = {"left_s": 130.0, "at_least": False}
    assert text_of({**REPLAY, "run": run}).startswith("replay 41% · about 2 min 10 s left · round 2 of 3")
    phase = {"event": "phase", "name": "save"}
    assert text_of({**phase, "run": {**run, "at_least": True}}) == "save · at least 2 min 10 s left"
    assert text_of({**phase, "run": {**run, "left_s": 0.4}}) == "save", "nobody knows better"
    assert text_of(phase) == "save"


@pytest.mark.parametrize(
    ("event", "share"),
    [
        ({"done": 1, "total": 4}, 0.25),
        ({"done": 5, "total": 4}, 1.0),
        ({"done": 5}, None),
        ({"done": 5, "total": 0}, None),
    ],
)
def test_the_share_is_unknown_rather_than_wrong(event: dict[str, float], share: float | None) -> None:
    assert share_of(event) == share
