"""Progress: what a line says, and how often it is written."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from perflab import progress
from perflab.progress import Lines, Live, Silent, bar, share_of, text_of

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
        f"replay {bar(0.41)}  41% · round 2 of 3 · block 17 · p50 12.1 ms -> 1.20 ms · 14 s left"
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
    assert text_of(event) == f"seed {bar(0.25)}  25% · reviews · 319,000/s · 1 min 05 s left"


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
    live.close()
    written = stream.getvalue()
    assert written.count("\n") == 2
    assert "start workers · 7 s" in written
    assert "replay · 3 s" in written


def test_a_terminal_is_not_drawn_more_often_than_it_can_be_read() -> None:
    stream, clock = io.StringIO(), Clock()
    live = Live(stream, width=lambda: 200, clock=clock)
    for _ in range(50):
        live.show(REPLAY)
    assert stream.getvalue().count("\r") == 1


def test_a_line_never_wraps() -> None:
    stream = io.StringIO()
    Live(stream, width=lambda: 30, clock=Clock()).show(REPLAY)
    assert len(stream.getvalue().lstrip("\r")) < 30


def test_without_a_terminal_there_is_a_line_every_ten_seconds_and_at_each_phase() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    for second in range(21):
        clock.now = second
        lines.show(REPLAY)
    lines.show({"event": "phase", "name": "save"})
    lines.close()
    assert stream.getvalue().count("\n") == 4
    assert "\r" not in stream.getvalue()


def test_the_display_suits_the_stream() -> None:
    assert isinstance(progress.display(Terminal()), Live)
    assert isinstance(progress.display(io.StringIO()), Lines)
    assert isinstance(progress.display(Terminal(), quiet=True), Silent)


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    shown = progress.display(quiet=True)
    shown.show(REPLAY)
    shown.close()
    assert capsys.readouterr() == ("", "")
