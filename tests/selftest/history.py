"""Series of nights: how often a change is told where there is none, and how soon one is found.

Each night's logarithm is autoregressive of order 1 around a level. Every twentieth night begins on another machine, which shifts
the ratio by a part of its own of 1%; what is told of that night is marked as such, and is no alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from perflab.analysis.history.changes import change_points
from tests.benchmarks.table import Table, say
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

NIGHTS, AT, EVERY, BY_MACHINE = 60, 45, 20, 0.01
NOISES, CORRELATIONS, STEPS = (0.01, 0.02, 0.04), (0.0, 0.3, 0.6), (0.05, 0.1)
FALSE, FOUND = 0.05, 0.9
SEED = 60
Alarms = Callable[[Sequence[float]], list[int]]


def series(
    rng: np.random.Generator, noise: float, correlation: float, step: float = 0.0
) -> tuple[list[float], list[str]]:
    """The logarithms of the nights, and their machines; from night AT on they are larger by a step."""
    innovations = rng.normal(0, 1, NIGHTS)
    logs = np.empty(NIGHTS)
    logs[0] = innovations[0]
    for night in range(1, NIGHTS):
        logs[night] = correlation * logs[night - 1] + np.sqrt(1 - correlation**2) * innovations[night]
    machines = np.arange(NIGHTS) // EVERY
    levels = rng.normal(0, BY_MACHINE, machines[-1] + 1)
    logs = logs * noise + levels[machines]
    logs[AT:] += np.log1p(step)
    return logs.tolist(), [str(machine) for machine in machines]


def alarms(logs: Sequence[float], machines: Sequence[str]) -> list[int]:
    """The nights that `perflab history` names, but for those on which the machine changed."""
    return [change.night for change in change_points(logs, machines) if not change.other_machine]


def night_by_night(logs: Sequence[float], machines: Sequence[str]) -> list[int]:
    """What a gate of 5% between a night and the one before says."""
    return [night for night in range(1, len(logs)) if abs(logs[night] - logs[night - 1]) > np.log(1.05)]


def false_alarms(numbers: Sequence[int], noise: float, correlation: float) -> list[tuple[bool, bool]]:
    """Whether series without a change have an alarm: ours, and the gate's."""
    drawn = [series(np.random.default_rng([SEED, number]), noise, correlation) for number in numbers]
    return [(bool(alarms(*each)), bool(night_by_night(*each))) for each in drawn]


def in_time(numbers: Sequence[int], noise: float, correlation: float, step: float) -> list[tuple[bool, bool]]:
    """Whether the change of a series is told by the third night, within two nights of where it is."""
    outcomes = []
    for number in numbers:
        logs, machines = series(np.random.default_rng([SEED, number]), noise, correlation, step)
        told = [detect(logs[: AT + 3], machines[: AT + 3]) for detect in (alarms, night_by_night)]
        outcomes.append(
            (any(abs(night - AT) <= 2 for night in told[0]), any(abs(night - AT) <= 2 for night in told[1]))
        )
    return outcomes


class Task:
    """One cell of the table, picklable."""

    def __init__(self, noise: float, correlation: float, step: float) -> None:
        self.noise, self.correlation, self.step = noise, correlation, step

    def __call__(self, numbers: Sequence[int]) -> list[tuple[bool, bool]]:
        if self.step:
            return in_time(numbers, self.noise, self.correlation, self.step)
        return false_alarms(numbers, self.noise, self.correlation)


def tables(size: int, processes: int) -> Iterator[Table]:
    """One table: `size` series for each row."""
    headings = (
        "noise",
        "correlation",
        "false alarms",
        *(f"+{step:.0%} by night 3" for step in STEPS),
        "gate of 5%: false",
        "+10%",
    )
    table = Table(f"History: {size:,} simulated series of {NIGHTS} nights", headings)
    with Processes(processes) as workers:
        for noise in NOISES:
            for correlation in CORRELATIONS:
                outcomes = [workers.each(Task(noise, correlation, step), size) for step in (0.0, *STEPS)]
                ours, gate = ([Share(sum(each[place] for each in part), size) for part in outcomes] for place in (0, 1))
                shares = [*ours, gate[0], gate[-1]]
                table.rows.append([f"{noise:.0%}", str(correlation), *(share.text() for share in shares)])
                say(f"history: {' | '.join(table.rows[-1])}")
                name = f"noise {noise:.0%}, correlation {correlation}"
                table.results.append(ours[0].result(f"false alarms, {name}", FALSE))
                table.results.append(ours[-1].result(f"+10% found, {name}", FOUND, at_most=False))
    table.notes = [
        f"A change of machine every {EVERY} nights shifts the ratio by {BY_MACHINE:.0%} (standard deviation)."
    ]
    yield table
