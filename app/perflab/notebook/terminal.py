"""Progress in a terminal: one line that is redrawn, below the lines of finished phases."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID
from rich.table import Column
from rich.text import Text

from perflab import units
from perflab.notebook.events import MIN_PHASE_S, SEPARATOR, Event, details_of, phase_of, phase_title, share_of

BAR_WIDTH = 20
# A narrower terminal has no bar: the time left is worth more.
MIN_WIDTH_WITH_BAR = 60
SECONDS_BETWEEN_REDRAWS = 0.1


class FieldColumn(ProgressColumn):
    """One of a task's fields, in one line. Where the terminal is too narrow, `shrinks` says that this column gives way."""

    def __init__(self, name: str, *, shrinks: bool = False) -> None:
        super().__init__(Column(no_wrap=not shrinks, overflow="ellipsis"))
        self.name = name

    def render(self, task: Task) -> Text:
        """Return the field's text."""
        return Text(str(task.fields[self.name]), no_wrap=True, overflow="ellipsis")


class Terminal:
    """A bar of the current phase; a phase that ends leaves a line with the time that it took."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        bar = [BarColumn(BAR_WIDTH)] if console.width >= MIN_WIDTH_WITH_BAR else []
        columns = [FieldColumn("phase"), *bar, FieldColumn("percent"), FieldColumn("details", shrinks=True)]
        # Without a thread of its own: the code that executes the notebooks calls `tick`.
        self._progress = Progress(*columns, console=console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._task: TaskID | None = None
        self._event: Event = {}
        self._began = 0.0
        self._drawn = float("-inf")

    @classmethod
    def on(cls, stream: TextIO) -> Terminal:
        """Return a display on a terminal; NO_COLOR is honoured."""
        return cls(Console(file=stream, force_terminal=True, highlight=False, markup=False, emoji=False))

    def show(self, event: Event) -> None:
        """Draw an event, unless the last one was drawn a moment ago and is of the same phase."""
        now = self.clock()
        if phase_of(event) != phase_of(self._event):
            self._finish(now)
            self._began, self._drawn = now, float("-inf")
        self._event = event
        if now - self._drawn >= SECONDS_BETWEEN_REDRAWS:
            self._draw(now)

    def tick(self) -> None:
        """Draw the last event again, with the time that its phase has taken until now."""
        if self._task is not None:
            self.show(self._event)

    def close(self) -> None:
        """Remove the bar and show the cursor again; the lines of the phases stay."""
        self._finish(self.clock())
        self._progress.stop()

    def _draw(self, now: float) -> None:
        share, details, took = share_of(self._event), details_of(self._event), now - self._began
        if share is None and took >= MIN_PHASE_S:
            details.insert(0, units.clock(took))
        fields: dict[str, Any] = {
            "total": None if share is None else 1.0,
            "completed": share or 0.0,
            "phase": phase_title(self._event),
            "percent": "" if share is None else f"{share:4.0%}",
            "details": SEPARATOR.join(details),
        }
        if self._task is None:
            self._task = self._progress.add_task("", **fields)
            self._progress.start()
        else:
            self._progress.update(self._task, **fields)
            self._progress.refresh()
        self._drawn = now

    def _finish(self, now: float) -> None:
        if self._task is None:
            return
        self._progress.remove_task(self._task)
        self._progress.refresh()
        self._task = None
        took = now - self._began
        if took >= MIN_PHASE_S:
            self._progress.console.print(f"{phase_title(self._event)}{SEPARATOR}{units.clock(took)}")
