"""Progress: which display suits a stream, and how often a plain line is written."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from perflab.notebook import progress
from perflab.notebook.progress import Lines, OnlyWaiting
from perflab.notebook.terminal import Terminal

REPLAY = {
    "event": "progress", "phase": "replay", "done": 0.41, "total": 1.0, "round": 2, "rounds": 3, "block": 17, "eta_s": 14.2,
    "p50_baseline_s": 0.0121, "p50_optimised_s": 0.0012,
}  # fmt: skip


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class TerminalStream(io.StringIO):
    def isatty(self) -> bool:
        return True


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
    assert all(character.isprintable() or character == "\n" for character in written), "no control characters"
    assert written.startswith("replay 41% · 14 s left")


def test_the_display_suits_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(progress.display(TerminalStream()), Terminal)
    assert isinstance(progress.display(io.StringIO()), Lines)
    assert isinstance(progress.display(TerminalStream(), quiet=True), OnlyWaiting)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(progress.display(TerminalStream()), Lines), "its cursor cannot be moved"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("CI", "true")
    assert isinstance(progress.display(TerminalStream()), Lines), (
        "some CI has a terminal, and keeps all that is drawn on it"
    )


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent = progress.display(quiet=True)
    silent.show(REPLAY)
    silent.tick()
    silent.close()
    assert capsys.readouterr() == ("", "")


def test_quiet_shows_that_a_run_waits_for_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = progress.display(quiet=True)
    for name in ("waiting for pid 1", "waiting for pid 1", "waiting for pid 1, 30 s so far"):
        quiet.show({"event": "phase", "name": name, "waiting": True})
        quiet.tick()
    quiet.show({"event": "phase", "name": "replay"})
    quiet.close()
    assert capsys.readouterr().err == "waiting for pid 1\nwaiting for pid 1, 30 s so far\n"
