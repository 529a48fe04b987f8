"""Events for the person who waits: phases and their durations, and the progress of the replay."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from perflab import units
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.tables import Row

Report = Callable[[dict[str, Any]], None]


@dataclass
class Phases:
    """Record how long each phase took over all rounds, in the order in which they first occurred."""

    report: Report
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Report the beginning of a phase, and record how long it took."""
        self.report({"event": "phase", "name": name})
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    def as_list(self) -> list[dict[str, Any]]:
        """Return one record per phase, as run.json keeps them."""
        return [{"name": name, "seconds": round(seconds, 3)} for name, seconds in self.seconds.items()]


@dataclass
class Wait:
    """Report how long a replay waits for others on this machine, and for whom; shown also where progress is not."""

    report: Report
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _holders: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def waiting(self, holder: object) -> None:
        """Report for whom it waits, and for how long so far."""
        waited = self.clock() - self._began
        if str(holder) not in self._holders:
            self._holders.append(str(holder))
        so_far = f", {units.clock(waited)} so far" if waited >= 1 else ""
        self._say(f"waiting for another replay on this machine: {holder}{so_far}")

    def ended(self) -> dict[str, Any]:
        """Report how long it waited; return that as run.json keeps it, {} if it did not wait."""
        if not self._holders:
            return {}
        waited = self.clock() - self._began
        self._say(f"waited {units.clock(waited)} for {units.listed(self._holders)}")
        return {"waited": {"seconds": round(waited, 1), "for": list(self._holders)}}

    def _say(self, text: str) -> None:
        self.report({"event": "phase", "name": text, "waiting": True})


@dataclass
class ReplayProgress:
    """Follow all rounds of a run, of which some may be played at once.

    Attributes:
        rounds: Number of all rounds.
        budget_s: How long the replay of one round may take.
        report: Receives the events.
        lanes: How many rounds are played at once.
    """

    rounds: int
    budget_s: float
    report: Report
    lanes: int = 1
    _shares: dict[int, float] = field(default_factory=dict)

    def reached(self, number: int, replayed_s: float) -> tuple[float, float]:
        """Note how far a round is.

        Args:
            number: Number of the round.
            replayed_s: Seconds since its replay began.

        Returns:
            The share of all rounds that is done, 0..1, and how many seconds the rest takes.
        """
        self._shares[number] = min(1.0, replayed_s / self.budget_s)
        done = sum([*self._shares.values()])  # of a copy: other lanes add to it meanwhile
        return done / self.rounds, max(self.budget_s, replayed_s) * (self.rounds - done) / self.lanes

    def ended(self, number: int) -> None:
        """Note that the replay of a round has ended, if before its time."""
        self._shares[number] = 1.0


@dataclass
class RoundProgress:
    """Report progress after each block.

    Attributes:
        round: Number of the round.
        replay: All rounds.
    """

    round: int
    replay: ReplayProgress
    _blocks: int = 0
    _latencies: dict[str, list[float]] = field(default_factory=lambda: {BASELINE: [], OPTIMISED: []})

    def block(self, rows: Sequence[Row], replayed_s: float) -> None:
        """Report one block: its rows of samples, and the seconds since the round's replay began."""
        self._blocks += 1
        for row in rows:
            if row["phase"] == "measured" and row["cell"] in self._latencies and row["latency_s"] is not None:
                self._latencies[row["cell"]].append(row["latency_s"])
        done, eta_s = self.replay.reached(self.round, replayed_s)
        self.replay.report(
            {
                "event": "progress",
                "phase": "replay",
                "round": self.round,
                "rounds": self.replay.rounds,
                "block": self._blocks,
                "done": done,
                "total": 1.0,
                "eta_s": eta_s,
                "lanes": self.replay.lanes,
                "p50_baseline_s": _median(self._latencies[BASELINE]),
                "p50_optimised_s": _median(self._latencies[OPTIMISED]),
            }
        )


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
