"""How many rounds a run needs to see a change of a given size, from the noise between the rounds of a pilot.

Repetitions are planned at the level that varies, from the variance that a pilot showed there (Kalibera & Jones, "Rigorous
benchmarking in reasonable time", ISMM 2013). The noise that decides is the twin's, for what differs between identical cells
hides a change of that size. A standard deviation from few rounds is itself uncertain, and a plan that takes it at its word
falls short in half of all cases: so the plan is made again with its upper confidence bound (Browne, "On the use of a pilot
sample for sample size determination", Statistics in Medicine 1995).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from perflab.analysis.effects.stopping import log_ratios
from perflab.analysis.stats.intervals import MIN_ROUNDS, detectable
from perflab.analysis.stats.pairs import Pairs
from perflab.errors import InputError
from perflab.run.cells import BASELINE, OPTIMISED, TWIN
from perflab.run.phases import AROUND_REPLAY, REPLAY, WAIT

METRIC = "latency_s"
CONFIDENCE = 0.95
# How sure the upper bound of a pilot's noise is, to one side.
BOUND = 0.8

# No run of any length is planned for less: a machine is not that steady.
LEAST_CHANGE = 1e-4
LEAST_POWER, MOST_POWER = 0.5, 0.999


@dataclass(frozen=True, slots=True)
class Noise:
    """The standard deviation of a log ratio between so many rounds."""

    deviation: float
    rounds: int

    @property
    def upper(self) -> float:
        """The upper 80% confidence bound of the deviation (chi-square): twice as much from 3 rounds, 1.4 times from 8."""
        freedom = self.rounds - 1
        return self.deviation * math.sqrt(freedom / float(special.chdtri(freedom, BOUND)))

    def scaled(self, factor: float) -> Noise:
        return Noise(self.deviation * factor, self.rounds)


@dataclass(frozen=True, slots=True)
class Times:
    """Where a run's time goes: `once_s` in the run; `replay_s` in each round, and `around_s` around it."""

    once_s: float
    around_s: float
    replay_s: float

    @classmethod
    def of(cls, phases: Iterable[Mapping[str, Any]], rounds: int) -> Times | None:
        """From run.json's phases; None where nobody noted them. Waiting for other replays counts for nothing."""
        seconds = {str(phase["name"]): float(phase["seconds"]) for phase in phases}
        if REPLAY not in seconds or rounds < 1:
            return None
        around = sum(seconds.get(name, 0.0) for name in AROUND_REPLAY)
        once = sum(seconds.values()) - seconds[REPLAY] - around - seconds.get(WAIT, 0.0)
        return cls(once, around / rounds, seconds[REPLAY] / rounds)

    def of_rounds(self, rounds: int) -> float:
        return self.once_s + rounds * (self.around_s + self.replay_s)


@dataclass(frozen=True, slots=True)
class Pilot:
    """What a saved run says about the next one. `round_s` is the replay that it allowed each round; None is unknown."""

    twin: Noise
    whole: Noise
    times: Times | None
    round_s: float | None

    @classmethod
    def of(cls, samples: pd.DataFrame | Pairs, phases: Iterable[Mapping[str, Any]], round_s: float | None) -> Pilot:
        """Raises InputError where the samples have less than 3 rounds with the cells that it takes."""
        pairs = Pairs.of(samples)
        twin = noise(pairs, OPTIMISED, TWIN)
        return cls(twin, noise(pairs, BASELINE, OPTIMISED), Times.of(phases, pairs.rounds), round_s)


@dataclass(frozen=True, slots=True)
class Need:
    """So many rounds, and how long a run of them takes; None where the pilot's times are unknown."""

    rounds: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change of `detect` takes, with the pilot's noise as it is and at its upper bound.

    `scaling` is what the pilot's deviations were multiplied with, because rounds of `round_s` are not as long as its own.
    `as_it_is` is the profile unchanged, and `blind_to` the relative change that it would miss; None below 3 rounds.
    """

    detect: float
    power: float
    pilot: Pilot
    scaling: float
    round_s: float
    needed: Need
    needed_at_bound: Need
    as_it_is: Need
    blind_to: float | None
    blind_to_at_bound: float | None


def plan(pilot: Pilot, profile_rounds: int, round_s: float, detect: float, power: float = 0.8) -> Plan:
    """The rounds of `round_s` seconds of replay that see a relative change of `detect` with this power.

    Where that is not what the pilot's rounds took, its deviations are scaled by the square root of pilot / planned, as if
    all noise averaged out over requests. That is an assumption: what is drawn anew once a round does not shrink.
    """
    scaling = math.sqrt(pilot.round_s / round_s) if pilot.round_s else 1.0
    twin = pilot.twin.scaled(scaling)
    change = math.log1p(detect)
    times = pilot.times
    if times is not None and pilot.round_s != round_s:
        times = Times(times.once_s, times.around_s, round_s)

    def need(rounds: int) -> Need:
        return Need(rounds, None if times is None else times.of_rounds(rounds))

    return Plan(
        detect=detect,
        power=power,
        pilot=pilot,
        scaling=scaling,
        round_s=round_s,
        needed=need(rounds_needed(twin.deviation, change, power)),
        needed_at_bound=need(rounds_needed(twin.upper, change, power)),
        as_it_is=need(profile_rounds),
        blind_to=blind_to(twin.deviation, profile_rounds, power),
        blind_to_at_bound=blind_to(twin.upper, profile_rounds, power),
    )


def noise(samples: pd.DataFrame | Pairs, before: str, after: str) -> Noise:
    """How much the log ratio of two cells' mean service times varies between rounds."""
    per_round = log_ratios(samples, METRIC, before, after)
    per_round = per_round[np.isfinite(per_round)]
    rounds = len(per_round)
    if rounds < MIN_ROUNDS:
        raise InputError(
            f"a pilot needs {MIN_ROUNDS} rounds with {before} and {after} in them, this one has {rounds}",
            hint="choose another run, or measure one: perflab run SCENARIO --profile smoke",
        )
    return Noise(float(per_round.std(ddof=1)), rounds)


def rounds_needed(deviation: float, change: float, power: float = 0.8) -> int:
    """The least n >= 3 with (t(0.975, n-1) + t(power, n-1)) · deviation / √n <= change, both on the log scale.

    What n rounds can see grows with n, so doubling and halving finds it: some 40 quantiles for a million rounds.
    """
    if _reach(deviation, MIN_ROUNDS, power) <= change:
        return MIN_ROUNDS
    too_few, enough = MIN_ROUNDS, 2 * MIN_ROUNDS
    while _reach(deviation, enough, power) > change:
        too_few, enough = enough, 2 * enough
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if _reach(deviation, middle, power) > change:
            too_few = middle
        else:
            enough = middle
    return enough


def blind_to(deviation: float, rounds: int, power: float = 0.8) -> float | None:
    """The relative change that so many rounds would not find; None below 3, which find nothing."""
    return math.expm1(_reach(deviation, rounds, power)) if rounds >= MIN_ROUNDS else None


def _reach(deviation: float, rounds: int, power: float) -> float:
    error = np.array([deviation / math.sqrt(rounds)])
    return float(detectable(error, np.array([rounds], dtype=np.int64), CONFIDENCE, power)[0])


def change_of(text: str) -> float:
    """The change to be seen: `2%` and `0.02` are both 0.02. Raises InputError for what is neither."""
    hint = "write 2% or 0.02"
    value = _share(text, "--detect", hint)
    if value >= 1:
        raise InputError(
            f"{text.strip()} means {value:.0%}, and only a change below 100% is planned for",
            where="--detect",
            hint=hint,
        )
    if value < LEAST_CHANGE:
        raise InputError(
            f"a change of {text.strip()} is too small to plan for",
            where="--detect",
            hint="0.01% is the least",
        )
    return value


def power_of(text: str) -> float:
    """How often the change is to be seen: `80%` and `0.8` are both 0.8."""
    hint = "write 0.8 or 80%"
    value = _share(text, "--power", hint)
    if not LEAST_POWER <= value <= MOST_POWER:
        raise InputError(f"{text.strip()} is not between {LEAST_POWER} and {MOST_POWER}", where="--power", hint=hint)
    return value


def _share(text: str, where: str, hint: str) -> float:
    number = text.strip()
    try:
        value = float(number.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{text!r} is not a number", where=where, hint=hint)
    return value / 100 if number.endswith("%") else value
