"""The carry-over effect: whether a cell is slower in a slice after a heavy cell than after a light one.

A slice begins with the processor's caches as the previous cell left them. Random order distributes that over all cells
equally: intervals become wider, not wrong. It should nevertheless be known, and small. On carry-over in designs that compare
treatments in sequence: Jones & Kenward, "Design and Analysis of Cross-Over Trials", 3rd ed. 2014.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perflab.analysis.effects.identical import CONFIDENCE
from perflab.analysis.stats.evidence import Evidence, Part, evidence_of
from perflab.analysis.stats.intervals import MIN_ROUNDS
from perflab.analysis.stats.pairs import Bools, Floats, Ints, Pairs
from perflab.analysis.stats.statistics import mean
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.units import percent, signed

METRIC = "latency_s"
QUERIES = "query_count"
# A smaller effect than this is not reported.
REPORTED = 0.01


@dataclass(frozen=True, slots=True)
class CarryOver:
    """How much slower cells are after all_off than after all_on; what is unknown is None.

    Attributes:
        sentence: The effect in words.
        ratio: The time after all_off / that after all_on.
        low: The lower end of its interval.
        high: The upper end of its interval.
        rounds: How many rounds it rests on.
        statistically_significant: Whether the interval excludes 1.
        reported: Whether it does, and the effect exceeds 1%.
        practically_significant: Whether the whole interval lies beyond the margin, at the confidence of identical.py.
    """

    sentence: str
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    rounds: int = 0
    statistically_significant: bool | None = None
    reported: bool = False
    practically_significant: bool | None = None


def carry_over_effect(samples: pd.DataFrame | Pairs, confidence: float = 0.95, margin: float = 0.02) -> CarryOver:
    """Return how much slower cells are after all_off than after all_on: a ratio with its t interval.

    The slices of these two cells themselves are left out, so that the same cells are on both sides. A request's time is taken
    relative to those of the cells which made as many queries for the same Step and came after neither, and to its cell's mean
    (log scale), and averaged by slice. How the slices of a round vary tells how much the effect does: three rounds alone would
    miss one of five times the margin.

    Args:
        samples: The run's requests, or these as Pairs.
        confidence: The confidence of the interval, 0..1.
        margin: The margin of equivalence, relative.
    """
    pairs = Pairs.of(samples)
    rounds: list[RoundDifference] = []
    if pairs.steps and {"block", "predecessor", METRIC} <= set(pairs.samples.columns):
        rounds = _rounds(pairs)
    evidence = evidence_of_rounds(rounds)
    if not evidence.rounds:
        return CarryOver(
            "The carry-over effect is unknown. No cell has both a slice after all_off and one after all_on."
        )
    ratio = float(np.exp(evidence.mean))
    low: float | None = None
    high: float | None = None
    beyond: bool | None = None
    if evidence.rounds >= MIN_ROUNDS:
        low, high = evidence.interval(confidence)
        beyond = is_beyond(evidence, margin, max(CONFIDENCE, confidence))
    significant = None if low is None or high is None else low > 1 or high < 1
    return CarryOver(
        sentence=_sentence(ratio, low, high),
        ratio=ratio,
        low=low,
        high=high,
        rounds=evidence.rounds,
        statistically_significant=significant,
        reported=bool(significant and abs(ratio - 1) > REPORTED),
        practically_significant=beyond,
    )


@dataclass(frozen=True, slots=True)
class RoundDifference:
    """One round's difference of log times, after all_off minus after all_on, and what slices contribute to its variance."""

    difference: float
    part: Part


def of_slices(after_baseline: Floats, after_optimised: Floats) -> RoundDifference:
    """Compare the slices of one round; unknown without a slice on either side.

    The order of cells is random in each slice, so that without carry-over slices of both sides vary alike, and independently: the
    difference has the variance of Welch's test ("The generalization of Student's problem", Biometrika 1947).

    Args:
        after_baseline: The log time of each slice after all_off.
        after_optimised: The same after all_on.
    """
    sides = (after_baseline, after_optimised)
    if not all(len(side) for side in sides):
        return RoundDifference(np.nan, Part(np.nan, 0))
    difference = float(after_baseline.mean() - after_optimised.mean())
    if not all(len(side) > 1 for side in sides):
        return RoundDifference(difference, Part(np.nan, 0))
    errors = [float(side.var(ddof=1)) / len(side) for side in sides]
    squares = sum(error**2 / (len(side) - 1) for error, side in zip(errors, sides, strict=True))
    freedom = sum(errors) ** 2 / squares if squares else sum(len(side) - 1 for side in sides)
    return RoundDifference(difference, Part(sum(errors), freedom))


def evidence_of_rounds(rounds: Sequence[RoundDifference]) -> Evidence:
    """Return the mean over rounds, which varies by what slices do, or by what rounds do if that is more.

    Args:
        rounds: The rounds; those of which the difference is unknown take no part.
    """
    rounds = [each for each in rounds if np.isfinite(each.difference)]
    parts = [Part(each.part.variance / len(rounds) ** 2, each.part.freedom) for each in rounds]
    return evidence_of(np.array([each.difference for each in rounds]), parts)


def is_beyond(evidence: Evidence, margin: float, confidence: float) -> bool:
    """Return whether the whole interval lies outside 1 ± margin.

    Args:
        evidence: The carry-over effect.
        margin: The margin, relative.
        confidence: That of the interval, 0..1.
    """
    low, high = evidence.interval(confidence)
    return low > 1 + margin or high < 1 - margin


def _rounds(pairs: Pairs) -> list[RoundDifference]:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(pairs.values(METRIC))
    logs[:, [place for place, cell in enumerate(pairs.cells) if cell in (BASELINE, OPTIMISED)]] = np.nan
    queries = pairs.values(QUERIES) if pairs.measures(QUERIES) else np.zeros_like(logs)
    predecessors, names = pairs.coded("predecessor")
    after = [predecessors == names.get(cell, len(names)) for cell in (BASELINE, OPTIMISED)]
    block = pairs.of_steps("block").to_numpy(np.int64)
    ends = np.searchsorted(pairs.round_of, np.arange(pairs.rounds + 1))  # Steps are in the order of rounds
    rounds = (slice(*between) for between in itertools.pairwise(ends))
    return [of_slices(*_slices(logs[r], queries[r], [which[r] for which in after], block[r])) for r in rounds]


def _slices(logs: Floats, queries: Floats, after: Sequence[Bools], block: Ints) -> list[Floats]:
    """Return the log times of one round's slices after all_off, and of those after all_on.

    Args:
        logs: Log times, Steps by cells.
        queries: Numbers of queries, Steps by cells.
        after: Masks of the same shape: the slices after all_off, and those after all_on.
        block: The block of each Step.
    """
    cells = logs.shape[1]
    step, cell = np.nonzero(np.isfinite(logs))
    time = logs[step, cell]
    sides = [which[step, cell] for which in after]
    neutral = ~(sides[0] | sides[1])

    number_of = np.nan_to_num(queries[step, cell], nan=-1).astype(np.int64) + 1
    alike, groups = pd.factorize(step * (int(number_of.max(initial=0)) + 1) + number_of)
    time -= mean(time[neutral], alike[neutral], len(groups))[alike]
    time -= mean(time[neutral], cell[neutral], cells)[cell]

    places, number = np.unique(block, return_inverse=True)
    slice_of = number[step] * cells + cell
    of_sides = []
    for side in sides:
        here = side & np.isfinite(time)
        by_slice = mean(time[here], slice_of[here], len(places) * cells)
        of_sides.append(by_slice[np.isfinite(by_slice)])
    return of_sides


def _sentence(ratio: float | None, low: float | None, high: float | None) -> str:
    if ratio is None or low is None or high is None:
        return "The carry-over effect is unknown: an interval needs three rounds."
    if low <= 1 <= high:
        estimate = f"{signed(ratio)} (95% interval {signed(low)} to {signed(high)})"
        sides = "service time right after a slice of all_off, compared with right after a slice of all_on"
        return f"No carry-over effect detected ({sides}): {estimate}."
    below = f" below {percent(REPORTED, 0)}" if abs(ratio - 1) <= REPORTED else ""
    return f"Carry-over effect{below}: {compared('is', ratio, low, high)}."


def compared(verb: str, ratio: float, low: float, high: float) -> str:
    """Return a carry-over effect as a clause: how service time after one cell compares with that after the other.

    Args:
        verb: `is` or `was`.
        ratio: The time after all_off / that after all_on.
        low: The lower end of its interval, which excludes 1.
        high: The upper end.
    """
    near, far = (low, high) if ratio > 1 else (high, low)
    return (
        f"service time right after a slice of all_off {verb} {percent(abs(ratio - 1))} {'higher' if ratio > 1 else 'lower'} "
        f"than right after a slice of all_on (95% interval {abs(near - 1) * 100:.1f} to {percent(abs(far - 1))})"
    )
