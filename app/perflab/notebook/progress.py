"""Progress of a long task: events in words, and the display that suits the place where they are shown.

An event is a small dict, as the task's process writes it, one JSON object a line:

    {"event": "phase", "name": "start workers"}
    {"event": "progress", "phase": "replay", "done": 0.4, "total": 1.0, "eta_s": 9.5, "round": 2, "rounds": 3, ...}

`perflab run` adds `"run": {"left_s": 95, "at_least": False}`, see time_left.py. A terminal redraws one line (terminal.py), and so
does a notebook (panel.py); CI, a file or a pipe gets a plain line at each new phase, and every half minute.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from perflab import units
from perflab.run.phases import title_of

Event = Mapping[str, Any]

SECONDS_BETWEEN_LINES = 30.0
# A shorter phase leaves no line behind, because a run has dozens of them.
MIN_PHASE_S = 1.0
SEPARATOR = " · "


def phase_of(event: Event) -> str:
    """Return the name of an event's phase."""
    return str(event.get("name") if event.get("event") == "phase" else event.get("phase"))


def phase_title(event: Event) -> str:
    """Return what people call an event's phase."""
    return title_of(phase_of(event))


def share_of(event: Event) -> float | None:
    """Return how much of its phase is done, from 0 to 1; None where that is unknown."""
    done, total = event.get("done"), event.get("total")
    if done is None or not total:
        return None
    return min(1.0, max(0.0, float(done) / float(total)))


def details_of(event: Event) -> list[str]:
    """Return an event's details beside phase and share: time left, round, medians; the most important first."""
    details = [
        _time_left(event),
        str(event.get("text") or ""),
        _number(event, "round", "rounds"),
        _number(event, "block", "blocks"),
    ]
    if event.get("rate"):
        details.append(f"{units.count(round(float(event['rate'])))}/s")
    before, after = event.get("p50_baseline_s"), event.get("p50_optimised_s")
    if before is not None and after is not None:
        details.append(f"p50 {units.seconds(before)} -> {units.seconds(after)}")
    return [detail for detail in details if detail]


def text_of(event: Event, bar: str = "") -> str:
    """Return an event as one line: `replay 41% · about 14 s left · round 2 of 3 · block 17 · p50 12.1 ms -> 1.20 ms`.

    Args:
        event: The event.
        bar: A bar that is drawn before the percentage, where there is one.
    """
    share = share_of(event)
    head = [phase_title(event)] if share is None else [phase_title(event), bar, f"{share:.0%}"]
    return SEPARATOR.join([" ".join(part for part in head if part), *details_of(event)])


def _time_left(event: Event) -> str:
    """Return the time left in the whole run where that is known, else in the phase."""
    run = event.get("run") or {}
    if run.get("left_s", 0.0) >= 1:
        return f"{'at least' if run['at_least'] else 'about'} {units.clock(run['left_s'])} left"
    eta_s = None if run else event.get("eta_s")
    return "" if eta_s is None else f"{units.clock(eta_s)} left"


def _number(event: Event, number: str, total: str) -> str:
    if event.get(number) is None:
        return ""
    return f"{number} {event[number]} of {event[total]}" if event.get(total) else f"{number} {event[number]}"


class Display(Protocol):
    """Shows events."""

    def show(self, event: Event) -> None:
        """Show an event."""

    def tick(self) -> None:
        """Draw the last event again, as time went by without a new one."""

    def close(self) -> None:
        """End the display; a later event begins a new one."""


class Silent:
    """Shows nothing."""

    def show(self, event: Event) -> None:
        """Ignore an event."""

    def tick(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass
class Lines:
    """Writes a plain line at each new phase and every half minute: for CI, files and pipes."""

    stream: TextIO
    clock: Callable[[], float] = time.monotonic
    _phases: set[str] = field(default_factory=set)
    _written: float = float("-inf")

    def show(self, event: Event) -> None:
        """Write a line, unless the phase is not new and the last line is younger than half a minute."""
        now, phase = self.clock(), phase_of(event)
        if phase in self._phases and now - self._written < SECONDS_BETWEEN_LINES:
            return
        self._phases.add(phase)
        self._written = now
        self.stream.write(text_of(event) + "\n")
        self.stream.flush()

    def tick(self) -> None:
        """Do nothing: only an event is worth a line."""

    def close(self) -> None:
        """Do nothing: every line is complete."""


def display(stream: TextIO | None = None, *, quiet: bool = False) -> Display:
    """Return the display that suits a stream (standard error when None).

    CI gets plain lines even where it has a terminal, and so does a terminal that cannot move its cursor.
    """
    if quiet:
        return Silent()
    stream = sys.stderr if stream is None else stream
    if not stream.isatty() or os.environ.get("CI") == "true" or os.environ.get("TERM") == "dumb":
        return Lines(stream)
    from perflab.notebook.terminal import Terminal  # rich, 0.1 s

    return Terminal.on(stream)
