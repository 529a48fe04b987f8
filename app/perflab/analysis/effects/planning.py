"""How many rounds a run needs to detect a change of a given size, from the noise between the rounds of a pilot run.

Repetitions are planned at the level that varies, from the variance that a pilot showed there (Kalibera & Jones, "Rigorous
benchmarking in reasonable time", ISMM 2013). The deciding noise is the A/A control's: the difference between identical cells
hides a change of that size. The minimum detectable effect is that of the page (`intervals.errors_to_detect`), which allows for a
standard deviation that few rounds estimate poorly: the power is that of plans on average. A second plan takes the upper
confidence bound of the deviation for known, so that four of five such plans have the power or more (Browne, "On the use of a
pilot sample for sample size determination", Statistics in Medicine 1995).
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
from perflab.analysis.stats.intervals import MIN_ROUNDS, errors_to_detect
from perflab.analysis.stats.pairs import Pairs
from perflab.errors import InputError
from perflab.run.cells import BASELINE, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.phases import AROUND_REPLAY, REPLAY, WAIT

METRIC = "latency_s"
CONFIDENCE = 0.95
# The one-sided confidence of the upper bound of a pilot's noise.
BOUND = 0.8


@dataclass(frozen=True, slots=True)
class Noise:
    """The standard deviation of a log ratio between rounds, estimated from `rounds` of them."""

    deviation: float
    rounds: int

    @property
    def upper(self) -> float:
        """The upper 80% confidence bound of the deviation (chi-square): twice the deviation for 3 rounds, 1.4 times for 8."""
        freedom = self.rounds - 1
        return self.deviation * math.sqrt(freedom / float(special.chdtri(freedom, BOUND)))

    def scaled(self, factor: float) -> Noise:
        """Return the noise with its deviation multiplied by a factor."""
        return Noise(self.deviation * factor, self.rounds)


@dataclass(frozen=True, slots=True)
class Times:
    """The seconds that a run takes: `once_s` for the whole; `replay_s` in each round, and `around_s` around it."""

    once_s: float
    around_s: float
    replay_s: float

    @classmethod
    def of(cls, phases: Iterable[Mapping[str, Any]], rounds: int) -> Times | None:
        """Return the times by run.json's phases; None if these are unknown. Waiting for other replays does not count.

        Args:
            phases: Each with `name` and `seconds`.
            rounds: How many rounds the run had.
        """
        seconds = {str(phase["name"]): float(phase["seconds"]) for phase in phases}
        if REPLAY not in seconds or rounds < 1:
            return None
        around = sum(seconds.get(name, 0.0) for name in AROUND_REPLAY)
        once = sum(seconds.values()) - seconds[REPLAY] - around - seconds.get(WAIT, 0.0)
        return cls(once, around / rounds, seconds[REPLAY] / rounds)

    def of_rounds(self, rounds: int) -> float:
        """Return the seconds that a run of so many rounds takes."""
        return self.once_s + rounds * (self.around_s + self.replay_s)


@dataclass(frozen=True, slots=True)
class Pilot:
    """What a saved run tells about the next one.

    Attributes:
        twin: The noise between identical cells.
        whole: The noise of all_on / all_off.
        times: The seconds that it took; None if unknown.
        round_s: The seconds of replay that it allowed each round; None if unknown.
        stretch: How many times as long the same requests take now: a pilot from before there was an A/A control of the baseline
            replayed them in one cell fewer.
    """

    twin: Noise
    whole: Noise
    times: Times | None
    round_s: float | None
    stretch: float = 1.0

    @classmethod
    def of(cls, samples: pd.DataFrame | Pairs, phases: Iterable[Mapping[str, Any]], round_s: float | None) -> Pilot:
        """Return the pilot that a run's samples make.

        Args:
            samples: The run's requests, or these as Pairs.
            phases: Those of its run.json.
            round_s: The seconds of replay that it allowed each round.

        Raises:
            InputError: If fewer than 3 rounds have the cells that are needed.
        """
        pairs = Pairs.of(samples)
        twin = noise(pairs, OPTIMISED, TWIN)
        return cls(twin, noise(pairs, BASELINE, OPTIMISED), Times.of(phases, pairs.rounds), round_s, _stretch(pairs))


@dataclass(frozen=True, slots=True)
class Need:
    """A number of rounds, and the seconds that a run of them takes; None if the pilot's times are unknown."""

    rounds: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The rounds that it takes to detect a change, with the pilot's noise as estimated and at its upper bound.

    Attributes:
        detect: The relative change to detect.
        power: The probability of detecting it.
        pilot: The pilot.
        scaling: The factor of the pilot's deviations, because rounds of `round_s` are not as long as its own.
        round_s: The seconds of replay in each round.
        needed: The rounds needed, by the noise as estimated.
        needed_at_bound: The rounds needed, by its upper bound.
        as_it_is: The profile unchanged.
        mde: The profile's minimum detectable effect, relative; None below 3 rounds.
        mde_at_bound: The same by the upper bound of the noise.
    """

    detect: float
    power: float
    pilot: Pilot
    scaling: float
    round_s: float
    needed: Need
    needed_at_bound: Need
    as_it_is: Need
    mde: float | None
    mde_at_bound: float | None


def _stretch(pairs: Pairs) -> float:
    """Return how many times as long a round takes with an A/A control of the baseline; 1 if these samples have one."""
    base = pairs.column(BASELINE)
    if base is None or TWIN_OFF in pairs.cells:
        return 1.0
    of_cells = np.nansum(pairs.values("latency_s"), axis=0)
    return 1.0 + float(of_cells[base] / of_cells.sum()) if of_cells.sum() else 1.0


def plan(pilot: Pilot, profile_rounds: int, round_s: float, detect: float, power: float = 0.8) -> Plan:
    """Return how many rounds of `round_s` seconds of replay detect a relative change of `detect`.

    If the pilot's rounds had another length or one cell fewer, its deviations are scaled by the square root of pilot / planned,
    as if all noise averaged out over requests. That is an assumption: what is drawn anew once a round does not shrink.

    Args:
        pilot: The pilot.
        profile_rounds: The rounds of the profile as it is.
        round_s: The seconds of replay in each round.
        detect: The relative change to detect: 0.02 is 2%.
        power: The probability of detecting it.
    """
    scaling = math.sqrt(pilot.round_s / round_s * pilot.stretch) if pilot.round_s else 1.0
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
        needed=need(rounds_needed(twin.deviation, change, power, twin.rounds)),
        needed_at_bound=need(rounds_needed(twin.upper, change, power)),
        as_it_is=need(profile_rounds),
        mde=minimum_detectable_effect(twin.deviation, profile_rounds, power, twin.rounds),
        mde_at_bound=minimum_detectable_effect(twin.upper, profile_rounds, power),
    )


def noise(samples: pd.DataFrame | Pairs, before: str, after: str) -> Noise:
    """Return how much the log ratio of two cells' mean service times varies between rounds.

    Args:
        samples: The run's requests, or these as Pairs.
        before: One cell.
        after: The other.

    Raises:
        InputError: If fewer than 3 rounds have both cells.
    """
    per_round = log_ratios(samples, METRIC, before, after)
    per_round = per_round[np.isfinite(per_round)]
    rounds = len(per_round)
    if rounds < MIN_ROUNDS:
        raise InputError(
            f"a pilot needs {MIN_ROUNDS} rounds that contain both {before} and {after}, but this one has {rounds}",
            hint="choose another run, or measure one: perflab run SCENARIO --profile smoke",
        )
    return Noise(float(per_round.std(ddof=1)), rounds)


def rounds_needed(deviation: float, change: float, power: float = 0.8, pilot: int | None = None) -> int:
    """Return the smallest n >= 3 whose minimum detectable effect is at most `change`.

    More rounds detect smaller changes, so doubling and bisection find it.

    Args:
        deviation: The standard deviation of log ratios between rounds.
        change: The change to detect, on the log scale.
        power: The probability of detecting it.
        pilot: How many rounds the deviation was estimated from; None if it is known.
    """
    if _reach(deviation, MIN_ROUNDS, power, pilot) <= change:
        return MIN_ROUNDS
    too_few, sufficient = MIN_ROUNDS, 2 * MIN_ROUNDS
    while _reach(deviation, sufficient, power, pilot) > change:
        too_few, sufficient = sufficient, 2 * sufficient
    while sufficient - too_few > 1:
        middle = (too_few + sufficient) // 2
        if _reach(deviation, middle, power, pilot) > change:
            too_few = middle
        else:
            sufficient = middle
    return sufficient


def minimum_detectable_effect(
    deviation: float, rounds: int, power: float = 0.8, pilot: int | None = None
) -> float | None:
    """Return the smallest relative change that so many rounds detect; None below 3 rounds, which detect nothing.

    Args:
        deviation: The standard deviation of log ratios between rounds.
        rounds: How many rounds there are.
        power: The probability of detecting it.
        pilot: How many rounds the deviation was estimated from; None if it is known.
    """
    return math.expm1(_reach(deviation, rounds, power, pilot)) if rounds >= MIN_ROUNDS else None


def _reach(deviation: float, rounds: int, power: float, pilot: int | None) -> float:
    """Return the change that so many rounds detect if this is their noise, on the log scale."""
    return deviation / math.sqrt(rounds) * errors_to_detect(rounds, pilot, CONFIDENCE, power)
