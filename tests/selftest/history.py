"""Series of nights: how often a change is told where there is none, and how soon one is found.

Each night's logarithm is autoregressive of order 1 around a level. Every twentieth night begins on another machine, which shifts
the ratio by a part of its own of 1%; what is told of that night is marked as such, and is no alarm. Nights against a
release begin at a level of their own after each release.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from perflab.analysis.history.changes import change_points
from tests.benchmarks.table import Table, say
from tests.selftest import detectors
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

NIGHTS, AT, EVERY, BY_MACHINE = 60, 45, 20, 0.01
# So many nights lie between two releases, and a release moves the level by so much.
RELEASED, BY_RELEASE = 18, 0.1
NOISES, CORRELATIONS, STEPS = (0.01, 0.02, 0.04), (0.0, 0.3, 0.6), (0.05, 0.1)
HEADINGS = ("noise", "correlation", "releases")
FALSE, FOUND = 0.05, 0.9
SEED = 60


@dataclass(frozen=True)
class Nights:
    """The logarithms of the nights, their machines, and the releases that they are against."""

    logs: list[float]
    machines: list[str]
    releases: list[str]

    def until(self, nights: int) -> Nights:
        return Nights(self.logs[:nights], self.machines[:nights], self.releases[:nights])


@dataclass(frozen=True)
class Kind:
    """How nights vary, how alike two in succession are, and whether they are against releases."""

    noise: float
    correlation: float
    against_releases: bool = False

    def row(self) -> list[str]:
        return [f"{self.noise:.0%}", str(self.correlation), "yes" if self.against_releases else "no"]


KINDS = [
    Kind(noise, correlation, against)
    for against, correlations in ((False, CORRELATIONS), (True, CORRELATIONS[1:2]))
    for noise in NOISES
    for correlation in correlations
]


def series(rng: np.random.Generator, kind: Kind, step: float = 0.0) -> Nights:
    """The nights; from night AT on they are larger by a step."""
    correlation = kind.correlation
    innovations = rng.normal(0, 1, NIGHTS)
    logs = np.empty(NIGHTS)
    logs[0] = innovations[0]
    for night in range(1, NIGHTS):
        logs[night] = correlation * logs[night - 1] + np.sqrt(1 - correlation**2) * innovations[night]
    machines = np.arange(NIGHTS) // EVERY
    levels = rng.normal(0, BY_MACHINE, machines[-1] + 1)
    logs = logs * kind.noise + levels[machines]
    logs[AT:] += np.log1p(step)
    releases = np.arange(NIGHTS) // RELEASED * kind.against_releases
    logs += rng.normal(0, BY_RELEASE, releases[-1] + 1)[releases] * kind.against_releases
    return Nights(logs.tolist(), [str(machine) for machine in machines], [str(release) for release in releases])


def alarms(nights: Nights) -> list[int]:
    """The nights that `perflab history` names, but for those on which the machine changed."""
    changes = change_points(nights.logs, nights.machines, nights.releases)
    return [change.night for change in changes if not change.other_machine]


def night_by_night(nights: Nights) -> list[int]:
    """What a gate of 5% between a night and the one before says."""
    logs = nights.logs
    return [night for night in range(1, len(logs)) if abs(logs[night] - logs[night - 1]) > np.log(1.05)]


def false_alarms(numbers: Sequence[int], kind: Kind) -> list[tuple[bool, bool]]:
    """Whether series without a change have an alarm: ours, and the gate's."""
    drawn = [series(np.random.default_rng([SEED, number]), kind) for number in numbers]
    return [(bool(alarms(each)), bool(night_by_night(each))) for each in drawn]


def in_time(numbers: Sequence[int], kind: Kind, step: float) -> list[tuple[bool, bool]]:
    """Whether the change of a series is told by the third night, within two nights of where it is."""
    drawn = [series(np.random.default_rng([SEED, number]), kind, step).until(AT + 3) for number in numbers]
    return [(_is_near(alarms(each)), _is_near(night_by_night(each))) for each in drawn]


def by_others(numbers: Sequence[int], kind: Kind) -> list[list[tuple[bool, bool]]]:
    """For each series, what each detector says, ours first: whether of a quiet one it is told that it changed, and +10% in time.

    The others see a quiet series once, when it is whole, and not after each night, so that their false alarms are fewest.
    An alarm beside a change of the machine counts for none of them.
    """
    outcomes = []
    for number in numbers:
        quiet, changed = (series(np.random.default_rng([SEED, number]), kind, step) for step in (0.0, 0.1))
        changed = changed.until(AT + 3)
        row = [(bool(alarms(quiet)), _is_near(alarms(changed)))]
        for detect in detectors.installed().values():
            false = [night for night in detect(np.exp(quiet.logs).tolist()) if not _beside_a_machine(night)]
            row.append((bool(false), _is_near(detect(np.exp(changed.logs).tolist()))))
        outcomes.append(row)
    return outcomes


def _is_near(nights: Sequence[int]) -> bool:
    return any(abs(night - AT) <= 2 for night in nights)


def _beside_a_machine(night: int) -> bool:
    return any(abs(night - moved) <= 1 for moved in range(EVERY, NIGHTS, EVERY))


class Task:
    """One cell of the table, picklable."""

    def __init__(self, kind: Kind, step: float) -> None:
        self.kind, self.step = kind, step

    def __call__(self, numbers: Sequence[int]) -> list[tuple[bool, bool]]:
        return in_time(numbers, self.kind, self.step) if self.step else false_alarms(numbers, self.kind)


class Others:
    """One row of the table of detectors, picklable."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def __call__(self, numbers: Sequence[int]) -> list[list[tuple[bool, bool]]]:
        return by_others(numbers, self.kind)


def tables(size: int, processes: int) -> Iterator[Table]:
    """Two tables: `size` series for each row of ours, and a quarter of them for each row of all detectors side by side."""
    yield _ours(size, processes)
    yield _side_by_side(max(size // 4, 1), processes)


def _side_by_side(size: int, processes: int) -> Table:
    names = ["perflab", *detectors.installed()]
    headings = [*HEADINGS[:2], *(f"{name}: {what}" for name in names for what in ("false", "+10%"))]
    table = Table(f"History: detectors side by side, {size:,} series of {NIGHTS} nights for each row", headings)
    whole = np.zeros((len(names), 2))
    with Processes(processes) as workers:
        for kind in KINDS:
            if not kind.against_releases:  # which the others do not know
                sums = np.array(workers.each(Others(kind), size), dtype=int).sum(axis=0)
                whole += sums
                table.rows.append([*kind.row()[:2], *(Share(int(count), size).text() for count in sums.ravel())])
                say(f"detectors: {' | '.join(table.rows[-1])}")
    every = size * len(table.rows)
    table.rows.append(["all", "", *(Share(int(count), every).text() for count in whole.ravel())])
    left_out = [name for name in detectors.EVERY if name not in names]
    table.notes = [
        "false: a change is told where there is none. +10%: told by the third night. The others see each series once."
    ]
    if left_out:
        table.notes.append(f"Not installed, and left out: {', '.join(left_out)}.")
    return table


def _ours(size: int, processes: int) -> Table:
    headings = (
        *HEADINGS,
        "false alarms",
        *(f"+{step:.0%} by night 3" for step in STEPS),
        "gate of 5%: false",
        "+10%",
    )
    table = Table(f"History: {size:,} simulated series of {NIGHTS} nights", headings)
    with Processes(processes) as workers:
        for kind in KINDS:
            outcomes = [workers.each(Task(kind, step), size) for step in (0.0, *STEPS)]
            ours, gate = ([Share(sum(each[place] for each in part), size) for part in outcomes] for place in (0, 1))
            shares = [*ours, gate[0], gate[-1]]
            table.rows.append([*kind.row(), *(share.text() for share in shares)])
            say(f"history: {' | '.join(table.rows[-1])}")
            name = ", ".join(f"{heading} {text}" for heading, text in zip(HEADINGS, kind.row(), strict=True))
            table.results.append(ours[0].result(f"false alarms, {name}", FALSE))
            table.results.append(ours[-1].result(f"+10% found, {name}", FOUND, at_most=False))
    table.notes = [
        f"A change of machine every {EVERY} nights shifts the ratio by {BY_MACHINE:.0%} (standard deviation).",
        f"A release every {RELEASED} nights shifts it by {BY_RELEASE:.0%}.",
    ]
    return table
