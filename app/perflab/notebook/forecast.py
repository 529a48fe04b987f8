"""How much of a whole run is left, told with every event of it.

What a phase will take is what the newest complete run of the same profile says that it took; where there is none, only what the
profile itself allows is known, and the rest comes on top. Waiting for another replay is no part of a run.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perflab.notebook.progress import Display, Event, phase_of
from perflab.run import store
from perflab.run.writer import read_json
from perflab.scenario.profiles import Resolved

# Phases that share a budget.
TOGETHER = {"durable writes": "index ledger"}
# The first phase after the rounds: from here on none comes again that came before.
AFTER_ROUNDS = "profile"
WAITING = "wait"
# Seeding is done once for many runs, and tells its own rest.
SEEDING = "seed"
# Notebooks after the replay: no phases of run.json, but executed notebooks say what they took.
AFTERWARDS = ("3_charts", "4_executive_summary")


@dataclass
class Forecast:
    """`expected` are seconds by phase over the whole run, in the order of the phases; `whole` says whether that is all of it."""

    expected: Mapping[str, float]
    whole: bool
    clock: Callable[[], float] = time.monotonic
    _spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _event: Event | None = None
    _since: float = 0.0
    _over: int = 0

    def note(self, event: Event) -> None:
        self._count()
        self._event = event
        names, phase = list(self.expected), phase_of(event)
        if phase in names and AFTER_ROUNDS in names and names.index(phase) >= names.index(AFTER_ROUNDS):
            self._over = names.index(phase)

    def rest(self) -> dict[str, Any]:
        """`share` of the run that is done, and `left_s`: the least that is left, where the share is None. {} while it waits."""
        self._count()
        phase = "" if self._event is None else phase_of(self._event)
        if not self.expected or phase.startswith(WAITING):
            return {}
        to_come = list(self.expected.items())[self._over :]
        left = sum(max(0.0, seconds - self._spent[name]) for name, seconds in to_come)
        if self._event is not None and phase.startswith(SEEDING):
            left += float(self._event.get("eta_s") or 0.0)
        done = sum(seconds for name, seconds in self._spent.items() if not name.startswith(WAITING))
        share = done / (done + left) if self.whole and done + left else None
        return {"share": share, "left_s": left}

    def _count(self) -> None:
        """Put the time since the last look on the phase that it was spent in."""
        now = self.clock()
        if self._event is not None:
            phase = phase_of(self._event)
            self._spent[TOGETHER.get(phase, phase)] += now - self._since
        self._since = now


@dataclass
class WithForecast:
    """A display that says with each event how much of the whole run is left, and says it again as time goes by."""

    display: Display
    forecast: Forecast
    _event: Event | None = None

    def show(self, event: Event) -> None:
        self._event = event
        self.forecast.note(event)
        self.display.show({**event, "run": self.forecast.rest()})

    def tick(self) -> None:
        if self._event is not None:
            self.display.show({**self._event, "run": self.forecast.rest()})

    def close(self) -> None:
        self.display.close()


def of(question: Resolved, reports: Path) -> Forecast:
    """What a run of this question will take; reads run.json of earlier runs until one fits."""
    earlier = next(filter(None, (_took(directory, question) for directory in reversed(store.saved(reports)))), None)
    if earlier is not None:
        return Forecast(earlier, whole=True)
    profile = question.profile
    return Forecast({"replay": profile.replay_s, AFTER_ROUNDS: 0.0, "index ledger": profile.index_study_s}, whole=False)


def _took(directory: Path, question: Resolved) -> dict[str, float] | None:
    """Seconds by phase of a complete run of the same scenario and profile; None for any other."""
    meta = read_json(directory / "run.json")
    name, profile = question.profile_name, question.as_dict()["profiles"][question.profile_name]
    asked = ((meta.get("scenario") or {}).get("profiles") or {}).get(name)
    same = meta.get("scenario_name") == question.scenario.name and (meta.get("parameters") or {}).get("profile") == name
    if meta.get("status") != "complete" or not same or asked != profile or not meta.get("phases"):
        return None
    return _by_phase([*meta["phases"], *_afterwards(directory)])


def _by_phase(phases: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for phase in phases:
        name = str(phase["name"])
        if not name.startswith((WAITING, SEEDING)):
            found[TOGETHER.get(name, name)] += float(phase["seconds"])
    return dict(found)


def _afterwards(directory: Path) -> list[dict[str, Any]]:
    notes = {name: read_json(directory / "notebooks" / f"{name}.ipynb").get("metadata", {}) for name in AFTERWARDS}
    took = {name: (found.get("papermill") or {}).get("duration") for name, found in notes.items()}
    return [{"name": f"notebook {name}", "seconds": seconds} for name, seconds in took.items() if seconds]
