"""The display of progress that suits where it is shown.

A terminal redraws one line (terminal.py), and so does a notebook (panel.py); CI, a file or a pipe gets a plain line at each
new phase, and every half minute.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from perflab.notebook.events import Event, phase_of, text_of

SECONDS_BETWEEN_LINES = 30.0


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
class OnlyWaiting:
    """Writes a line when a run waits for another one, and nothing else: whoever wants no progress still wants to know why."""

    stream: TextIO
    _written: str = ""

    def show(self, event: Event) -> None:
        """Write an event about waiting, once."""
        text = phase_of(event)
        if event.get("waiting") and text != self._written:
            self._written = text
            self.stream.write(text + "\n")
            self.stream.flush()

    def tick(self) -> None:
        """Do nothing: nothing is drawn again."""

    def close(self) -> None:
        """Do nothing: every line is complete."""


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
    stream = sys.stderr if stream is None else stream
    if quiet:
        return OnlyWaiting(stream)
    if not stream.isatty() or os.environ.get("CI") == "true" or os.environ.get("TERM") == "dumb":
        return Lines(stream)
    from perflab.notebook.terminal import Terminal  # rich, 0.1 s

    return Terminal.on(stream)
