"""Progress of a long task: events become one line that people can read while they wait.

An event is a small dict, as the task's process writes it, one JSON object a line:

    {"event": "phase", "name": "start workers"}
    {"event": "progress", "phase": "replay", "done": 0.4, "total": 1.0, "eta_s": 9.5, "round": 2, "rounds": 3, ...}

Whoever knows how far the whole run is adds `"run": {"share": 0.3, "left_s": 95}`; see forecast.py. A terminal and a notebook
redraw their line; anything else (CI, a file) gets a line without a bar at each new phase, and every half minute.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from perflab import units

Event = Mapping[str, Any]

BAR_WIDTH = 20
SECONDS_BETWEEN_LINES = 30.0
SECONDS_BETWEEN_REDRAWS = 0.1
# A phase that took less leaves no line behind: a run has dozens.
WORTH_A_LINE_S = 1.0
BETWEEN = " · "


def phase_of(event: Event) -> str:
    return str(event.get("name") if event.get("event") == "phase" else event.get("phase"))


def share_of(event: Event) -> float | None:
    """How much of its phase is done, from 0 to 1; None where nobody knows."""
    done, total = event.get("done"), event.get("total")
    if done is None or not total:
        return None
    return min(1.0, max(0.0, float(done) / float(total)))


def bar(share: float, width: int = BAR_WIDTH) -> str:
    full = round(share * width)
    return "█" * full + "░" * (width - full)


def text_of(event: Event, bar_width: int = BAR_WIDTH) -> str:
    """What one event says, the most important first, so that a narrow terminal can leave out the end.

    Of a phase: `replay ████░░ 41% · 14 s left · round 2 of 3 · block 17 · p50 12.1 ms -> 1.20 ms`. Where it is known how far
    the whole run is, that has the bar: `██░░░░ 30% · about 2 min 10 s left · replay 41% · round 2 of 3`.
    """
    run, share = event.get("run") or {}, share_of(event)
    whole, left_s = run.get("share"), run.get("left_s")
    words, rest_s = ("", event.get("eta_s")) if left_s is None else ("at least " if whole is None else "about ", left_s)
    left = "" if rest_s is None or (words and rest_s < 1) else f"{words}{units.clock(rest_s)} left"
    percent = "" if share is None else f"{share:4.0%}"
    if whole is not None:
        parts = [f"{bar(whole, bar_width)} {whole:4.0%}".strip(), left, f"{phase_of(event)} {percent.strip()}".strip()]
    else:
        drawn = "" if share is None or not bar_width else f"{bar(share, bar_width)} "
        parts = [f"{phase_of(event)} {drawn}{percent}".rstrip(), left]
    parts += [str(event.get("text") or ""), _of(event, "round", "rounds"), _of(event, "block", "blocks")]
    if event.get("rate"):
        parts.append(f"{units.count(round(float(event['rate'])))}/s")
    before, after = event.get("p50_baseline_s"), event.get("p50_optimised_s")
    if before is not None and after is not None:
        parts.append(f"p50 {units.seconds(before)} -> {units.seconds(after)}")
    return BETWEEN.join(part for part in parts if part)


def fitting(text: str, width: int) -> str:
    """The parts of a text that a line has room for, at least the beginning of the first."""
    while len(text) > width and BETWEEN in text:
        text = text.rpartition(BETWEEN)[0]
    return text[:width]


def _of(event: Event, one: str, all_: str) -> str:
    if event.get(one) is None:
        return ""
    return f"{one} {event[one]} of {event[all_]}" if event.get(all_) else f"{one} {event[one]}"


class Display(Protocol):
    """Something that shows events, can be told that time went by without one, and that there are no more."""

    def show(self, event: Event) -> None: ...

    def tick(self) -> None: ...

    def close(self) -> None: ...


class Silent:
    """Shows nothing."""

    def show(self, event: Event) -> None:
        """Do nothing with an event."""

    def tick(self) -> None:
        """Nothing to draw again."""

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Live:
    """One line, drawn over itself, for a terminal.

    A phase that ends leaves its line behind with the time that it took, so that the whole is a record in the end.
    """

    stream: TextIO
    width: Callable[[], int] = lambda: shutil.get_terminal_size().columns
    clock: Callable[[], float] = time.monotonic
    _event: Event | None = None
    _began: float = 0.0
    _drawn: float = float("-inf")
    _length: int = 0

    def show(self, event: Event) -> None:
        now = self.clock()
        if self._event is None or phase_of(event) != phase_of(self._event):
            self._finish(now)
            self._began, self._drawn = now, float("-inf")
        self._event = event
        if now - self._drawn >= SECONDS_BETWEEN_REDRAWS:
            took = now - self._began
            silent = event.get("event") == "phase" and took >= WORTH_A_LINE_S
            self._draw(text_of(event) + (f"{BETWEEN}{units.clock(took)}" if silent else ""))
            self._drawn = now

    def tick(self) -> None:
        if self._event is not None:
            self.show(self._event)

    def close(self) -> None:
        self._finish(self.clock())
        self._event = None

    def _draw(self, text: str) -> None:
        text = fitting(text, max(10, self.width() - 1))
        self.stream.write("\r" + text.ljust(self._length))
        self.stream.flush()
        self._length = len(text)

    def _finish(self, now: float) -> None:
        if self._event is None:
            return
        took = now - self._began
        worth = took >= WORTH_A_LINE_S
        self._draw(f"{phase_of(self._event)}{BETWEEN}{units.clock(took)}" if worth else "")
        self.stream.write("\n" if worth else "\r")
        self.stream.flush()
        self._length = 0


@dataclass
class Lines:
    """A line at each new phase and every half minute, without a bar: for CI, files and pipes."""

    stream: TextIO
    clock: Callable[[], float] = time.monotonic
    _seen: set[str] = field(default_factory=set)
    _written: float = float("-inf")

    def show(self, event: Event) -> None:
        now, phase = self.clock(), phase_of(event)
        if phase in self._seen and now - self._written < SECONDS_BETWEEN_LINES:
            return
        self._seen.add(phase)
        self._written = now
        self.stream.write(text_of(event, bar_width=0) + "\n")
        self.stream.flush()

    def tick(self) -> None:
        """Nothing: a line says what is new."""

    def close(self) -> None:
        """Nothing to end: every line is whole."""


def display(stream: TextIO | None = None, *, quiet: bool = False) -> Display:
    """The display that suits a stream (standard error unless told); CI gets lines, even where it has a terminal."""
    stream = sys.stderr if stream is None else stream
    if quiet:
        return Silent()
    return Live(stream) if stream.isatty() and os.environ.get("CI") != "true" else Lines(stream)
