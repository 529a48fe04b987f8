"""Progress: what a line says, and how often it is written."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from perflab.notebook import progress
from perflab.notebook.progress import Lines, Live, Silent, bar, fitting, share_of, text_of

REPLAY = {
    "event": "progress", "phase": "replay", "done": 0.41, "total": 1.0, "round": 2, "rounds": 3, "block": 17, "eta_s": 14.2,
    "p50_baseline_s": 0.0121, "p50_optimised_s": 0.0012,
}  # fmt: skip


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_replay_tells_round_block_share_rest_and_both_medians() -> None:
    assert text_of(REPLAY) == (
        f"replay {bar(0.41)}  41% · 14 s left · round 2 of 3 · block 17 · p50 12.1 ms -> 1.20 ms"
    )


def test_seeding_tells_rate_and_rest() -> None:
    event = {
        "event": "progress",
        "phase": "seed",
        "done": 5,
        "total": 20,
        "rate": 319_000.4,
        "eta_s": 65,
        "text": "reviews",
    }
    assert text_of(event) == f"seed {bar(0.25)}  25% · 1 min 05 s left · reviews · 319,000/s"


def test_where_it_is_known_how_far_the_whole_run_is_that_has_the_bar() -> None:
    run = {"share": 0.3, "left_s": 130.0}
    assert text_of({**REPLAY, "run": run}).startswith(
        f"{bar(0.3)}  30% · about 2 min 10 s left · replay 41% · round 2 of 3"
    )
    phase = {"event": "phase", "name": "start workers"}
    assert text_of({**phase, "run": run}) == f"{bar(0.3)}  30% · about 2 min 10 s left · start workers"
    assert text_of({**phase, "run": {"share": 1.0, "left_s": 0.0}}) == f"{bar(1)} 100% · start workers", (
        "nobody knows better"
    )


def test_where_the_rest_is_not_all_known_it_says_the_least() -> None:
    run = {"share": None, "left_s": 130.0}
    assert text_of({**REPLAY, "run": run}).startswith(
        f"replay {bar(0.41)}  41% · at least 2 min 10 s left · round 2 of 3"
    )
    assert text_of({"event": "phase", "name": "save", "run": run}) == "save · at least 2 min 10 s left"
    assert text_of({"event": "phase", "name": "save", "run": {}}) == "save"


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


def test_a_terminal_has_one_line_per_phase_drawn_over_itself() -> None:
    stream, clock = io.StringIO(), Clock()
    live = Live(stream, width=lambda: 200, clock=clock)
    live.show({"event": "phase", "name": "start workers"})
    clock.now = 7
    live.show(REPLAY)
    clock.now = 10
    live.show({"event": "phase", "name": "save"})
    clock.now = 10.5
    live.close()
    written = stream.getvalue()
    assert written.count("\n") == 2, "what took less than a second leaves no line"
    assert "start workers · 7 s" in written
    assert "replay · 3 s" in written
    assert written.rstrip(" \r").endswith("save") and written.endswith("    \r"), "it is wiped off"


def test_time_goes_by_in_a_phase_that_says_nothing() -> None:
    stream, clock = io.StringIO(), Clock()
    live = Live(stream, width=lambda: 200, clock=clock)
    live.tick()
    assert stream.getvalue() == ""
    live.show({"event": "phase", "name": "index ledger"})
    clock.now = 35
    live.tick()
    assert stream.getvalue().split("\r")[-1] == "index ledger · 35 s"


def test_a_terminal_is_not_drawn_more_often_than_it_can_be_read() -> None:
    stream, clock = io.StringIO(), Clock()
    live = Live(stream, width=lambda: 200, clock=clock)
    for _ in range(50):
        live.show(REPLAY)
    assert stream.getvalue().count("\r") == 1


@pytest.mark.parametrize("width", [1, 11, 30, 80, 120])
def test_a_line_never_wraps(width: int) -> None:
    stream = io.StringIO()
    Live(stream, width=lambda: width, clock=Clock()).show(REPLAY)
    assert len(stream.getvalue().lstrip("\r")) < max(width, 11)


def test_a_narrow_terminal_has_whole_parts_and_the_time_that_is_left() -> None:
    assert fitting(text_of(REPLAY), 79) == f"replay {bar(0.41)}  41% · 14 s left · round 2 of 3 · block 17"
    assert fitting("a long beginning", 6) == "a long"


def test_without_a_terminal_there_is_a_line_every_half_minute_and_at_each_new_phase() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    for second in range(61):
        clock.now = second
        lines.show({**REPLAY, "round": 1 + second // 20})
        lines.show({"event": "phase", "name": "save"})
        lines.tick()
    lines.close()
    written = stream.getvalue()
    assert [line.split()[0] for line in written.splitlines()] == ["replay", "save", "replay", "replay"]
    assert "\r" not in written and "█" not in written and "░" not in written
    assert "replay 41% · 14 s left" in " ".join(written.split())


def test_the_display_suits_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert isinstance(progress.display(Terminal()), Live)
    assert isinstance(progress.display(io.StringIO()), Lines)
    assert isinstance(progress.display(Terminal(), quiet=True), Silent)
    monkeypatch.setenv("CI", "true")
    assert isinstance(progress.display(Terminal()), Lines), "some CI has a terminal, and keeps all that is drawn on it"


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    shown = progress.display(quiet=True)
    shown.show(REPLAY)
    shown.tick()
    shown.close()
    assert capsys.readouterr() == ("", "")
