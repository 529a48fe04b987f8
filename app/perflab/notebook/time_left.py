"""The time that a run still takes, from its own plan and its own rounds.

A profile plans seconds of replay for each round; preparing and ending a round takes time too, which the first one shows. So the
estimate is a lower bound during the first round, and counts whole rounds from the second one on: those of the first lane, where
several are played at once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from perflab.notebook.events import Event
from perflab.notebook.progress import Display
from perflab.run.phases import REPLAY
from perflab.scenario.keys.profile import Profile


@dataclass
class TimeLeft:
    """Estimates the time left in a run, given the events of the run.

    Attributes:
        rounds: Number of rounds planned.
        replay_s: Seconds of replay planned, over all rounds.
        after_s: Seconds planned after the rounds.
        clock: Returns the current time in seconds.
    """

    rounds: int
    replay_s: float
    after_s: float
    clock: Callable[[], float] = time.monotonic
    _lanes: int = 1
    _event: Event = field(default_factory=dict)
    _round: int = 0
    _round_s: float | None = None
    _round_began: float = 0.0

    @classmethod
    def of(cls, profile: Profile, load_s: float = 0.0) -> TimeLeft:
        """Return the estimator of a run.

        Args:
            profile: Its profile.
            load_s: Seconds planned for the load test.
        """
        return cls(profile.rounds, profile.replay_s, profile.index_study_s + load_s)

    def update(self, event: Event) -> None:
        """Take an event of the run into account."""
        self._lanes = int(event.get("lanes") or self._lanes)
        if event.get("event") == "phase" and event.get("name") == REPLAY:  # each round has this once
            now = self.clock()
            if self._round:
                self._round_s = now - self._round_began
            self._round, self._round_began = self._round + 1, now
        self._event = event

    def estimate(self) -> dict[str, Any]:
        """Return `left_s` in seconds, and `at_least`: whether that is only a lower bound."""
        round_s = self.replay_s / self.rounds if self._round_s is None else self._round_s
        if not self._round:  # a phase before the rounds may report its own time left: seeding does
            left_s = self.replay_s + self.after_s + float(self._event.get("eta_s") or 0.0)
        else:
            elapsed_s = self.clock() - self._round_began
            rounds = 1 + math.ceil((self.rounds - 1) / self._lanes)  # the first one is played alone
            to_come_s = max(0, rounds - self._round) * round_s + self.after_s
            left_s = max(0.0, round_s - elapsed_s) + to_come_s
            if self._round >= rounds:  # no event separates the end of the last round from the phases after it
                left_s = max(0.0, round_s + self.after_s - elapsed_s)
        return {"left_s": left_s, "at_least": self._round_s is None}


@dataclass
class WithTimeLeft:
    """A display that adds the time left in the whole run to each event, and repeats the last event as time goes by."""

    display: Display
    time_left: TimeLeft
    _event: Event | None = None

    def show(self, event: Event) -> None:
        """Show an event with the time left."""
        self._event = event
        self.time_left.update(event)
        self.tick()

    def tick(self) -> None:
        """Show the last event again with the time that is left now."""
        if self._event is not None:
            self.display.show({**self._event, "run": self.time_left.estimate()})

    def close(self) -> None:
        """Close the display."""
        self.display.close()
