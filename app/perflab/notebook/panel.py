"""Progress inside a notebook: one output that is redrawn, and a file for the terminal that started the notebook."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from perflab import units
from perflab.notebook.events import MIN_PHASE_S, SEPARATOR, Event, phase_of, share_of, text_of
from perflab.run.phases import title_of

# Where `perflab run` reads the events of the notebook that it executes, as JSON lines.
EVENTS_FILE = "PERFLAB_EVENTS"
SECONDS_BETWEEN_REDRAWS = 0.5
BAR_WIDTH = 20


class Output(Protocol):
    """An output of a cell that can be replaced; IPython's display handle is one."""

    def update(self, obj: Any, **kwargs: Any) -> None:
        """Replace the output."""


@dataclass
class Panel:
    """Shows each finished phase with the time that it took over all rounds, and the current one.

    Redrawing an output, unlike printing with a carriage return, leaves only the last state in the saved notebook.
    """

    output: Output
    clock: Callable[[], float] = time.monotonic
    _spent: dict[str, float] = field(default_factory=dict)
    _phase: str | None = None
    _text: str = ""
    _began: float = 0.0
    _drawn: float = float("-inf")

    def show(self, event: Event) -> None:
        """Draw an event, unless the last one was drawn a moment ago and is of the same phase."""
        now = self.clock()
        phase = phase_of(event)
        if phase != self._phase:
            self._finish(now)
            self._phase, self._began, self._drawn = phase, now, float("-inf")
        share = share_of(event)
        self._text = text_of(event, "" if share is None else bar(share))
        if now - self._drawn >= SECONDS_BETWEEN_REDRAWS:
            self._draw([*self._lines(), self._text])
            self._drawn = now

    def close(self) -> None:
        """Leave only the phases with their times."""
        self._finish(self.clock())
        self._phase = None
        self._draw(self._lines())

    def _finish(self, now: float) -> None:
        if self._phase is not None:
            self._spent[self._phase] = self._spent.get(self._phase, 0.0) + now - self._began

    def _lines(self) -> list[str]:
        return [
            f"{title_of(phase)}{SEPARATOR}{units.clock(took)}"
            for phase, took in self._spent.items()
            if took >= MIN_PHASE_S
        ]

    def _draw(self, lines: list[str]) -> None:
        self.output.update({"text/plain": "\n".join(lines)}, raw=True)


def bar(share: float) -> str:
    """Return a bar as text, for a share from 0 to 1."""
    from rich.bar import Bar  # 0.1 s, and only a notebook draws one
    from rich.console import Console

    drawn = io.StringIO()
    Console(file=drawn, width=BAR_WIDTH, color_system=None, force_jupyter=False).print(Bar(1.0, 0.0, share))
    return drawn.getvalue().rstrip("\n")


@contextmanager
def watching() -> Iterator[Callable[[Event], None]]:
    """Yield a function that shows events in this cell's output, and in the terminal that executes the notebook, if any."""
    from IPython.display import display  # 0.2 s; a kernel has it already

    handle: Output = display({"text/plain": ""}, raw=True, display_id=True)  # type: ignore[no-untyped-call]  # IPython is untyped
    panel = Panel(handle)
    file = os.environ.get(EVENTS_FILE)

    def show(event: Event) -> None:
        panel.show(event)
        if file:
            with Path(file).open("a", encoding="utf-8") as events:
                events.write(json.dumps(dict(event)) + "\n")

    try:
        yield show
    finally:
        panel.close()
