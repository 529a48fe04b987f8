"""Progress of a long task: events become one line that people can read while they wait.

An event is a small dict, as the task's process writes it, one JSON object a line:

    {"event": "phase", "name": "start workers"}
    {"event": "progress", "phase": "replay", "done": 0.4, "total": 1.0, "eta_s": 9.5, "round": 2, "rounds": 3, ...}

A terminal and a notebook redraw their line; anything else (CI, a file) gets a new line when the phase changes and
every ten seconds.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from perflab import units

Event = Mapping[str, Any]

BAR_WIDTH = 20
SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_REDRAWS = 0.1


def share_of(event: Event) -> float | None:
    """How much of its phase is done, from 0 to 1; None where nobody knows."""
    done, total = event.get("done"), event.get("total")
    if done is None or not total:
        return None
    return min(1.0, max(0.0, float(done) / float(total)))


def bar(share: float, width: int = BAR_WIDTH) -> str:
    full = round(share * width)
    return "█" * full + "░" * (width - full)


def text_of(event: Event) -> str:
    """What one event says: `replay ████░░ 41% · round 2 of 3 · block 17 · p50 12.1 ms -> 1.20 ms · 14 s left`."""
    if event.get("event") == "phase":
        return str(event.get("name", ""))
    share = share_of(event)
    parts = [
        f"{event.get('phase', '')} {bar(share)} {share:4.0%}"
        if share is not None
        else str(event.get("phase", ""))
    ]
    if event.get("text"):
        parts.append(str(event["text"]))
    parts += [_of(event, "round", "rounds"), _of(event, "block", "blocks")]
    if event.get("rate"):
        parts.append(f"{units.count(round(float(event['rate'])))}/s")
    before, after = event.get("p50_baseline_s"), event.get("p50_optimised_s")
    if before is not None and after is not None:
        parts.append(f"p50 {units.seconds(before)} -> {units.seconds(after)}")
    if event.get("eta_s") is not None:
        parts.append(f"{units.clock(event['eta_s'])} left")
    return " · ".join(part for part in parts if part)


def _of(event: Event, one: str, all_: str) -> str:
    if event.get(one) is None:
        return ""
    return f"{one} {event[one]} of {event[all_]}" if event.get(all_) else f"{one} {event[one]}"


class Display(Protocol):
    """Something that shows events, and can be told that there are no more."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None: ...


class Silent:
    """Shows nothing."""

    def show(self, event: Event) -> None:
        """Do nothing with an event."""

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Live:
    """One line, drawn over itself: for a terminal and for a notebook's output.

    A phase that ends leaves its line behind with the time that it took, so that the whole is a record in the end.
    """

    stream: TextIO
    width: Callable[[], int] = lambda: shutil.get_terminal_size().columns
    clock: Callable[[], float] = time.monotonic
    keep: bool = True
    _phase: str | None = None
    _began: float = 0.0
    _drawn: float = float("-inf")
    _length: int = 0

    def show(self, event: Event) -> None:
        now = self.clock()
        phase = str(event.get("name") if event.get("event") == "phase" else event.get("phase"))
        if phase != self._phase:
            self._finish(now)
            self._phase, self._began, self._drawn = phase, now, float("-inf")
        if now - self._drawn >= SECONDS_BETWEEN_REDRAWS:
            self._draw(text_of(event))
            self._drawn = now

    def close(self) -> None:
        self._finish(self.clock())
        self._phase = None

    def _draw(self, text: str) -> None:
        text = text[: max(10, self.width() - 1)]
        self.stream.write("\r" + text.ljust(self._length))
        self.stream.flush()
        self._length = len(text)

    def _finish(self, now: float) -> None:
        if self._phase is None:
            return
        self._draw(f"{self._phase} · {units.clock(now - self._began)}" if self.keep else "")
        self.stream.write("\n" if self.keep else "\r")
        self.stream.flush()
        self._length = 0


@dataclass
class Lines:
    """A new line at each change of phase and every ten seconds: for CI, files and pipes."""

    stream: TextIO
    clock: Callable[[], float] = time.monotonic
    _phase: str | None = field(default=None)
    _written: float = float("-inf")

    def show(self, event: Event) -> None:
        now = self.clock()
        phase = str(event.get("name") if event.get("event") == "phase" else event.get("phase"))
        if phase == self._phase and now - self._written < SECONDS_BETWEEN_LINES:
            return
        self._phase, self._written = phase, now
        self.stream.write(text_of(event) + "\n")
        self.stream.flush()

    def close(self) -> None:
        """Nothing to end: every line is whole."""


def display(stream: TextIO | None = None, *, quiet: bool = False) -> Display:
    """The display that suits a stream (standard error unless told)."""
    stream = sys.stderr if stream is None else stream
    if quiet:
        return Silent()
    return Live(stream) if stream.isatty() else Lines(stream)
