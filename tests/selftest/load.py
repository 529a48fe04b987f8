"""Capacity where it is known: how far off the estimate is, how wide its interval, and how often that contains the truth.

The real system is simulated too: a queue with new arrivals and demands in each window, of the lengths and rates that the lab's
own plan has. What the lab sees of it is what it sees of a server: when requests were sent and answered, and what they cost.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.analysis.capacity.curve import from_windows
from perflab.analysis.capacity.estimate import Question, interval, loads
from perflab.analysis.capacity.queue import LongRun, response_times
from perflab.experiment.capacity import plan
from perflab.scenario.capacity import Capacity
from tests.benchmarks.table import Table, say
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

Floats = npt.NDArray[np.float64]
WITHIN_S, LATE = 0.2, 0.05


@dataclass(frozen=True)
class System:
    """A queue: its mean demand, its coefficient of variation (1 is exponential, else lognormal), and what it hides.

    `hidden`: by how much requests really take longer than their processors' time tells.
    """

    name: str
    mean_s: float
    variation: float
    slots: int = 2
    hidden: float = 1.0

    def demands(self, rng: np.random.Generator, number: int) -> Floats:
        if self.variation == 1.0:
            return rng.exponential(self.mean_s, number)
        sigma = math.sqrt(math.log(1 + self.variation**2))
        return rng.lognormal(math.log(self.mean_s) - sigma**2 / 2, sigma, number)

    @property
    def question(self) -> Question:
        return Question(WITHIN_S, LATE, self.slots, 1.0)

    def truth(self) -> float:
        """The capacity: in closed form for M/M/1, else by a long simulation."""
        if self.variation == 1.0 and self.slots == 1:
            return 1 / (self.mean_s * self.hidden) + math.log(LATE) / WITHIN_S
        rng = np.random.default_rng(99)
        sample = self.demands(rng, 400_000) * self.hidden
        near = tuple(np.linspace(0.55, 0.95, 8))
        return LongRun(sample, self.slots, seed=7, utilisations=near, queues=400).capacity(WITHIN_S, LATE)


EXPONENTIAL = System("M/M/1, 15 ms", 0.015, 1.0, slots=1)
SLOW = System("15 ms, variation 1.2", 0.015, 1.2)
FAST = System("4 ms, variation 1.5", 0.004, 1.5)
DEPARTING = replace(SLOW, name="15 ms, 20% longer than its processor tells", hidden=1.2)


def observed(systems: Sequence[System], seed: int, seconds: float, rounds: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of a load test of these systems as cells, with the lab's plan and rates that are off by 10%."""
    rng = np.random.default_rng(seed)
    capacity = Capacity(cells=[system.name for system in systems], seconds=seconds, rounds=rounds)
    guesses = {system.name: float(_truth(system) * rng.lognormal(0, 0.1)) for system in systems}
    windows: list[dict[str, Any]] = []
    requests: list[pd.DataFrame] = []
    of = {system.name: system for system in systems}
    for number in range(1, rounds + 1):
        for window in plan.windows(capacity, number, guesses, seconds / rounds, random.Random(f"{seed} {number}")):
            system = of[window.cell]
            count = int(rng.poisson(window.rate_per_s * window.seconds)) or 1
            arrivals = np.sort(rng.uniform(0, window.seconds, count))
            demands = system.demands(rng, count)
            times = response_times(arrivals[None], demands[None] * system.hidden, system.slots)[0]
            place = {"round": number, "window": window.number, "cell": window.cell}
            windows.append({
                **place, "kind": window.kind, "rate_per_s": window.rate_per_s, "seconds": window.seconds,
                "app_cpu_s": float(demands.sum()), "db_cpu_s": 0.0, "cache_cpu_s": 0.0,
            })  # fmt: skip
            requests.append(pd.DataFrame({
                **place, "endpoint": "any", "intended_s": arrivals, "sent_s": arrivals, "last_byte_s": arrivals + times,
                "status": 200, "served_s": demands, "served_cpu_s": demands,
            }))  # fmt: skip
    return pd.DataFrame(windows), pd.concat(requests, ignore_index=True)


_TRUTHS: dict[System, float] = {}


def _truth(system: System) -> float:
    if system not in _TRUTHS:
        _TRUTHS[system] = system.truth()
    return _TRUTHS[system]


@dataclass(frozen=True)
class Outcome:
    """The log of estimate / truth, the half width of the interval, and whether it contains the truth; None: no estimate."""

    off: float
    half: float
    covers: bool


def _outcome(estimate: Any, truth: float) -> Outcome | None:
    if estimate is None or estimate.low is None:
        return None
    half = math.log(estimate.high / estimate.low) / 2
    return Outcome(math.log(estimate.estimate / truth), half, estimate.low <= truth <= estimate.high)


def of_one(
    numbers: Sequence[int], system: System, seconds: float, rounds: int
) -> list[tuple[Outcome | None, Outcome | None]]:
    """The capacity of one system: with the queue, and from the windows alone."""
    outcomes = []
    for number in numbers:
        (load,) = loads(*observed([system], number, seconds, rounds), system.question).values()
        outcomes.append(
            (
                _outcome(interval(load.pseudo_values, 0.95, load.log_capacity), _truth(system)),
                _outcome(from_windows(load, 0.95), _truth(system)),
            )
        )
    return outcomes


def of_pair(
    numbers: Sequence[int], systems: tuple[System, System], seconds: float, rounds: int
) -> list[tuple[Outcome | None, Outcome | None]]:
    """The ratio of the capacities of two systems."""
    truth = _truth(systems[1]) / _truth(systems[0])
    outcomes = []
    for number in numbers:
        cells = loads(*observed(systems, number, seconds, rounds), systems[0].question)
        first, second = (cells[system.name] for system in systems)
        ratio = interval(second.pseudo_values - first.pseudo_values, 0.95, second.log_capacity - first.log_capacity)
        alone = [from_windows(load, 0.95) for load in (first, second)]
        both = None
        if all(each is not None and each.low is not None for each in alone):
            low, high = (alone[1].low / alone[0].high, alone[1].high / alone[0].low)  # type: ignore[union-attr, operator]
            off = alone[1].estimate / alone[0].estimate  # type: ignore[union-attr, operator]
            both = Outcome(math.log(off / truth), math.log(high / low) / 2, low <= truth <= high)
        outcomes.append((_outcome(ratio, truth), both))
    return outcomes


def table(processes: Processes, runs: int) -> Table:
    """Capacity where it is known."""
    result = Table(
        "Capacity of simulated systems, at 95% within 200 ms",
        (
            "system", "seconds", "rounds", "runs", "median off", "half width", "contains the truth",
            "windows alone: half width", "contains",
        ),
    )  # fmt: skip
    pairs = ((SLOW, FAST), (SLOW, replace(SLOW, name="the same again")))
    for seconds, rounds in ((150.0, 6), (300.0, 8)):
        for system in (EXPONENTIAL, DEPARTING):
            say(f"capacity: {system.name}, {seconds:g} s, {runs} runs")
            result.rows.append(_row(system.name, seconds, rounds, processes.each(
                partial(of_one, system=system, seconds=seconds / 2, rounds=rounds), runs, chunk=5)))  # fmt: skip
        for pair in pairs:
            name = " against ".join(system.name for system in pair)
            say(f"capacity: {name}, {seconds:g} s, {runs} runs")
            result.rows.append(_row(f"ratio: {name}", seconds, rounds, processes.each(
                partial(of_pair, systems=pair, seconds=seconds, rounds=rounds), runs, chunk=5)))  # fmt: skip
    result.notes = [
        "Off and half width are relative. A single system has half of the seconds, as a cell of two has.",
        "Of the same system twice, `contains the truth` is the share of runs that see no difference.",
    ]
    return result


def _row(
    name: str, seconds: float, rounds: int, outcomes: Sequence[tuple[Outcome | None, Outcome | None]]
) -> list[str]:
    cells = []
    for n in (0, 1):
        own = [pair[n] for pair in outcomes if pair[n] is not None]
        if not own:
            cells += ["-", "-"]
            continue
        half = float(np.median([math.expm1(each.half) for each in own if each is not None]))
        share = Share(sum(each.covers for each in own if each is not None), len(own))
        cells += [f"{half:.1%}", f"{share.text()} ({share.between()})"]
    off = float(np.median([pair[0].off for pair in outcomes if pair[0] is not None]))
    return [name, f"{seconds:g}", str(rounds), str(len(outcomes)), f"{math.expm1(off):+.1%}", *cells]
