"""The plan of a load test: windows of (cell, rate), and the traffic of each.

Rates concentrate where late requests begin: close to the capacity that is known so far. Both cells get the same traffic: the same
requests at the same times, but for the scale of time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from perflab.run.tables.capacity import FAR, NEAR, OVERLOAD, RECOVERY, SETTLE
from perflab.scenario.capacity import Capacity
from perflab.workload.steps import Block, Step

# Of a percentile, so many requests for each one that may be late: with none of them late, the share is below with 95%.
REQUESTS_PER_LATE = 3.0
SHORTEST_S, LONGEST_S = 3.0, 20.0
MIN_ROUNDS = 3
# Rates as shares of the capacity that is known so far: where few are late, and where some are.
NEAR_SHARES = (0.85, 1.0, 0.92, 1.05, 0.8)
FAR_SHARES = (0.5, 0.25)
SETTLE_SHARE, SETTLE_REQUESTS, SETTLE_AT_MOST_S = 0.7, 120, 4.0
OVERLOAD_SHARE = 1.5
# By how much a guess may change from one round to the next: where everything is late, nobody knows by how much.
MAX_STEP_UP, MAX_STEP_DOWN = 1.5, 4.0


@dataclass(frozen=True, slots=True)
class Window:
    """One rate on one cell.

    Attributes:
        number: Its number in the round.
        cell: The cell.
        kind: One of WINDOW_KINDS.
        rate_per_s: Requests a second.
        seconds: For how long.
        segment: Number of the traffic's segment: windows with the same one ask for the same.
    """

    number: int
    cell: str
    kind: str
    rate_per_s: float
    seconds: float
    segment: int


def rounds_of(capacity: Capacity, seconds: float) -> int:
    """Return how many rounds there are: so many that each has two windows of each cell, and three at least.

    Args:
        capacity: The load test.
        seconds: Seconds under load.
    """
    return max(MIN_ROUNDS, min(capacity.rounds, int(seconds / (2 * SHORTEST_S * len(capacity.cells)))))


def window_s(capacity: Capacity, rate_per_s: float) -> float:
    """Return how long a window is at a rate: long enough for the objective's percentile.

    Args:
        capacity: The load test.
        rate_per_s: Requests a second.
    """
    requests = REQUESTS_PER_LATE / capacity.objective.late_share
    return min(LONGEST_S, max(SHORTEST_S, requests / rate_per_s))


def windows(
    capacity: Capacity, number: int, guesses: Mapping[str, float], seconds: float, rng: random.Random
) -> list[Window]:
    """Return the windows of one round in their order: every cell settles first, then (cell, rate) at random.

    Args:
        capacity: The load test.
        number: Number of the round, from 1.
        guesses: The capacity of each cell, as far as it is known.
        seconds: Seconds under load in this round.
        rng: Draws the order.
    """
    own_s = seconds / len(guesses)
    plans: list[tuple[str, str, float, float, int]] = []
    for cell, guess in guesses.items():
        near_s = window_s(capacity, guess)
        count = max(1, round((own_s - _far_s(capacity, guess, number)) / near_s))
        if number == 1:
            plans += [
                (cell, FAR, guess * share, window_s(capacity, guess * share), 1 + n)
                for n, share in enumerate(FAR_SHARES)
            ]
        first = (number - 1) * count
        plans += [
            (cell, NEAR, guess * NEAR_SHARES[(first + n) % len(NEAR_SHARES)], near_s, 1 + len(FAR_SHARES) + n)
            for n in range(count)
        ]
    rng.shuffle(plans)
    settling = [
        (cell, SETTLE, rate := guess * SETTLE_SHARE, min(SETTLE_AT_MOST_S, SETTLE_REQUESTS / rate), 0)
        for cell, guess in guesses.items()
    ]
    return [Window(n, *plan) for n, plan in enumerate([*settling, *plans])]


def _far_s(capacity: Capacity, guess: float, number: int) -> float:
    return sum(window_s(capacity, guess * share) for share in FAR_SHARES) if number == 1 else 0.0


def overload(capacity: Capacity, guesses: Mapping[str, float], first: int, segment: int) -> list[Window]:
    """Return the windows beyond capacity at the end of the last round, and the ones after them.

    Args:
        capacity: The load test.
        guesses: The capacity of each cell.
        first: Number of the first window.
        segment: Number of the first segment of traffic that no window has.
    """
    plans = []
    for cell, guess in guesses.items():
        seconds = window_s(capacity, guess)
        plans += [
            (cell, OVERLOAD, guess * OVERLOAD_SHARE, seconds, segment),
            (cell, RECOVERY, guess * SETTLE_SHARE, seconds, segment + 1),
        ]
    return [Window(first + n, *plan) for n, plan in enumerate(plans)]


@dataclass(frozen=True, slots=True)
class Timed:
    """One request of a window: the Step, and when it is sent, in seconds from the window's beginning."""

    step: Step
    at_s: float


class Segments:
    """Cuts a round's traffic into segments, one after the other; each is as long as the longest window that has it.

    Args:
        blocks: The traffic.
        rate_per_s: Its rate in the trace's time, by which its times are scaled.
        planned: The windows of the round.
    """

    def __init__(self, blocks: Iterable[Block], rate_per_s: float, planned: Sequence[Window]) -> None:
        lengths: dict[int, float] = {}
        for window in planned:
            requests = window.rate_per_s * window.seconds
            lengths[window.segment] = max(lengths.get(window.segment, 0.0), requests)
        steps = chain.from_iterable(blocks)
        self._segments = {number: list(_taken(steps, rate_per_s, length)) for number, length in sorted(lengths.items())}

    def of(self, window: Window) -> list[Timed]:
        """Return the requests of a window: those of its segment that fit its time at its rate."""
        requests = window.rate_per_s * window.seconds
        return [Timed(step, at / window.rate_per_s) for step, at in self._segments[window.segment] if at < requests]

    def steps(self, planned: Iterable[Window]) -> list[Step]:
        """Return all Steps of some windows, each once, in their order.

        Args:
            planned: The windows.
        """
        steps = {timed.step.step: timed.step for window in planned for timed in self.of(window)}
        return [steps[number] for number in sorted(steps)]


def _taken(steps: Iterator[Step], rate_per_s: float, length: float) -> Iterator[tuple[Step, float]]:
    """Yield Steps with their times in mean gaps, from 0 to `length`."""
    first: float | None = None
    for step in steps:
        first = step.at_s if first is None else first
        at = (step.at_s - first) * rate_per_s
        if at >= length:
            return
        yield step, at


def moved(guess: float, estimate: float) -> float:
    """Return the next guess, which moves towards an estimate, but not too far at once.

    Args:
        guess: The capacity that was assumed.
        estimate: What a round showed.
    """
    return min(guess * MAX_STEP_UP, max(guess / MAX_STEP_DOWN, estimate))
