"""Progress in a terminal: what is drawn, what stays, and what becomes of the cursor."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from perflab.notebook.terminal import Terminal

REPLAY = {
    "event": "progress", "phase": "replay", "done": 0.41, "total": 1.0, "round": 2, "rounds": 3, "block": 17,
    "p50_baseline_s": 0.0121, "p50_optimised_s": 0.0012, "run": {"left_s": 130.0, "at_least": True},
}  # fmt: skip
ESCAPES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Screen:
    """A display, its clock, and all that it wrote."""

    width: int = 200
    now: float = 0.0
    stream: io.StringIO = field(default_factory=io.StringIO)

    def terminal(self) -> Terminal:
        console = Console(file=self.stream, force_terminal=True, width=self.width, _environ={"TERM": "xterm"})
        return Terminal(console, clock=lambda: self.now)

    def drawn(self) -> list[str]:
        """Every state of every line."""
        return [line.strip() for line in re.split(r"[\r\n]+", ESCAPES.sub("", self.stream.getvalue())) if line.strip()]


def phase(name: str) -> dict[str, object]:
    return {"event": "phase", "name": name}


def test_a_phase_that_ends_leaves_a_line_with_its_time() -> None:
    screen = Screen()
    terminal = screen.terminal()
    terminal.show(phase("start workers"))
    screen.now = 7
    terminal.show(REPLAY)
    screen.now = 10
    terminal.show(phase("save"))
    screen.now = 10.5
    terminal.close()
    kept = [line for line in screen.drawn() if re.fullmatch(r"\w[\w ]* · \d+ s", line)]
    assert kept == ["start workers · 7 s", "replay · 3 s"], "what took less than a second leaves no line"
    assert screen.stream.getvalue().rstrip("\r\n").endswith("\x1b[?25h"), (
        "the bar is taken away, and the cursor is back"
    )


def test_the_bar_has_share_time_left_and_details() -> None:
    screen = Screen()
    screen.terminal().show(REPLAY)
    assert re.fullmatch(
        r"replay ━+╺?━+ +41% at least 2 min 10 s left · round 2 of 3 · block 17 · p50 12\.1 ms -> 1\.20 ms",
        screen.drawn()[-1],
    )


def test_time_goes_by_in_a_phase_without_events() -> None:
    screen = Screen()
    terminal = screen.terminal()
    terminal.tick()
    assert screen.drawn() == []
    terminal.show(phase("index ledger"))
    screen.now = 35
    terminal.tick()
    assert screen.drawn()[-1].startswith("index study") and screen.drawn()[-1].endswith(" 35 s")
    terminal.close()


def test_it_is_not_drawn_more_often_than_it_can_be_read() -> None:
    screen = Screen()
    terminal = screen.terminal()
    for _ in range(50):
        terminal.show(REPLAY)
    assert len(screen.drawn()) == 1


@pytest.mark.parametrize("width", [20, 30, 59, 60, 80, 120])
def test_a_line_never_wraps(width: int) -> None:
    screen = Screen(width=width)
    terminal = screen.terminal()
    terminal.show(phase("a phase with a rather long name, for it waits for another one"))
    assert len(screen.drawn()) == 1
    screen.now = 5
    terminal.show(REPLAY)
    terminal.close()
    assert sum("41%" in line for line in screen.drawn()) == 1
    assert max(map(len, screen.drawn())) <= width


def test_a_narrow_terminal_has_the_time_left_instead_of_a_bar() -> None:
    screen = Screen(width=40)
    screen.terminal().show(REPLAY)
    assert screen.drawn()[-1].startswith("replay  41% at least 2 min 10 s left")


def test_no_color_leaves_the_colours_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def drawn() -> str:
        stream = io.StringIO()
        terminal = Terminal.on(stream)
        terminal.show(REPLAY)
        terminal.close()
        return stream.getvalue()

    assert COLOURS.search(drawn())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not COLOURS.search(drawn())


def test_closing_twice_or_before_anything_is_shown_does_nothing() -> None:
    screen = Screen()
    terminal = screen.terminal()
    terminal.close()
    assert screen.stream.getvalue() == ""
    terminal.show(REPLAY)
    terminal.close()
    length = len(screen.stream.getvalue())
    terminal.close()
    assert len(screen.stream.getvalue()) == length
