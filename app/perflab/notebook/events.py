"""Progress of a long task: events in words.

An event is a small dict, as the task's process writes it, one JSON object a line:

    {"event": "phase", "name": "start workers"}
    {"event": "progress", "phase": "replay", "done": 0.4, "total": 1.0, "eta_s": 9.5, "round": 2, "rounds": 3, ...}

`perflab run` adds `"run": {"left_s": 95, "at_least": False}`, see time_left.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.run.phases import title_of

Event = Mapping[str, Any]

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
    elif before is not None:
        details.append(f"p50 {units.seconds(before)}")
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
