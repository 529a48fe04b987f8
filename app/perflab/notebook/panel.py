"""Progress inside a notebook: one output that is drawn again, and a file for the terminal that started the notebook."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from perflab import units
from perflab.notebook.progress import WORTH_A_LINE_S, Event, phase_of, text_of

# Where `perflab run` reads the events of the notebook that it executes, as JSON lines.
EVENTS_FILE = "PERFLAB_EVENTS"
SECONDS_BETWEEN_REDRAWS = 0.5


class Output(Protocol):
    """An output of a cell that can be replaced; IPython's display handle is one."""

    def update(self, obj: Any, **kwargs: Any) -> None: ...


@dataclass
class Panel:
    """Phases that are over with the time that each took, in all rounds together, and the one under way.

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
        now = self.clock()
        phase = phase_of(event)
        if phase != self._phase:
            self._finish(now)
            self._phase, self._began, self._drawn = phase, now, float("-inf")
        self._text = text_of(event)
        if now - self._drawn >= SECONDS_BETWEEN_REDRAWS:
            self._draw([*self._lines(), self._text])
            self._drawn = now

    def close(self) -> None:
        self._finish(self.clock())
        self._phase = None
        self._draw(self._lines())

    def _finish(self, now: float) -> None:
        if self._phase is not None:
            self._spent[self._phase] = self._spent.get(self._phase, 0.0) + now - self._began

    def _lines(self) -> list[str]:
        return [f"{phase} · {units.clock(took)}" for phase, took in self._spent.items() if took >= WORTH_A_LINE_S]

    def _draw(self, lines: list[str]) -> None:
        self.output.update({"text/plain": "\n".join(lines)}, raw=True)


@contextmanager
def watching() -> Iterator[Callable[[Event], None]]:
    """A function that shows events in this cell's output, and passes them on where somebody else is watching."""
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
