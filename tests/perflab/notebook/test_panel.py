"""Progress in a notebook: one output, and what is left of it in the end."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.notebook.panel import Panel, bar


class Handle:
    def __init__(self) -> None:
        self.states: list[str] = []

    def update(self, obj: Any, **kwargs: Any) -> None:
        self.states.append(obj["text/plain"])


def test_phases_that_are_over_stay_with_their_time() -> None:
    handle, now = Handle(), [0.0]
    panel = Panel(handle, clock=lambda: now[0])
    panel.show({"event": "phase", "name": "start workers"})
    now[0] = 5
    panel.show({"event": "progress", "phase": "replay", "done": 1, "total": 2})
    assert handle.states[-1] == f"start workers · 5 s\nreplay {bar(0.5)} 50%"
    now[0] = 30
    panel.close()
    assert handle.states[-1] == "start workers · 5 s\nreplay · 25 s"


@pytest.mark.parametrize(("share", "drawn"), [(0.0, 0), (0.5, 10), (1.0, 20)])
def test_a_bar_is_as_full_as_its_share_and_without_colours(share: float, drawn: int) -> None:
    assert bar(share) == "█" * drawn + " " * (20 - drawn)


def test_an_output_is_not_drawn_again_for_every_event() -> None:
    handle = Handle()
    panel = Panel(handle, clock=lambda: 0.0)
    for done in range(100):
        panel.show({"event": "progress", "phase": "seed", "done": done, "total": 100})
    assert len(handle.states) == 1


def test_rounds_are_one_line_for_each_phase_and_what_takes_no_time_has_none() -> None:
    handle, now = Handle(), [0.0]
    panel = Panel(handle, clock=lambda: now[0])
    for _ in range(3):
        for phase, took in (("replay", 20.0), ("save", 0.1)):
            panel.show({"event": "phase", "name": phase})
            now[0] += took
    panel.close()
    assert handle.states[-1] == "replay · 1 min 00 s"
