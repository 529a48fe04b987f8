"""Coverage in a run that stops as soon as its interval is narrow enough: `FixedWidth`, evaluated after each round.

As in the experiment, it is evaluated after every round but the last. How early it stops depends on `within` beside the
standard deviation between rounds, so that is varied. The other figures of that run end with it. The geometric mean stands
for them: it is closest to the mean, which was looked at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean

from perflab.analysis.effects.stopping import (
    ADDITIONAL_ROUNDS,
    MIN_ROUNDS_TO_STOP,
    FixedWidth,
    confidence_of,
    log_ratios,
)
from perflab.analysis.stats.pairs import Floats, Pairs
from tests.benchmarks.table import Table, say
from tests.selftest.coverage import ends_of
from tests.selftest.model import METRIC, QUIET, ROUGH, UNEVEN, Model, samples_of, truth
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

MODELS = (QUIET, ROUGH, UNEVEN)
# At most so many rounds, and `within` in standard deviations between rounds: from early stops to hardly any.
WITHIN = {10: (1.4, 0.8, 0.5), 20: (2.0, 1.0, 0.6, 0.4)}
LEAST = 0.94


@dataclass(frozen=True)
class Stop:
    """One run under one rule: after how many rounds it ended, whether that was early, and the intervals (logarithms)."""

    rounds: int
    early: bool
    low: float
    high: float
    beside: tuple[float, float]


def stops(numbers: Sequence[int], model: Model, most: int, withins: Sequence[float]) -> list[list[Stop]]:
    """These runs under each of the rules."""
    outcomes = []
    for number in numbers:
        pairs = Pairs.of(samples_of(model, number, most))
        by_rounds = [log_ratios(pairs.where(pairs.round_of < rounds), METRIC) for rounds in range(1, most)]
        ends = [_end(by_rounds, most, within) for within in withins]
        outcomes.append([_stop(pairs, rounds, most) for rounds in ends])
    return outcomes


def _end(by_rounds: Sequence[Floats], most: int, within: float) -> int:
    rule = FixedWidth(METRIC, within)
    return next((n for n, so_far in enumerate(by_rounds, 1) if rule.is_met_by(so_far)), most)


def _stop(pairs: Pairs, rounds: int, most: int) -> Stop:
    """The intervals of mean and geometric mean after so many rounds, as the summary of such a run makes them."""
    until = pairs.where(pairs.round_of < rounds)
    confidence = confidence_of({"stopped_after": rounds if rounds < most else None})
    looked_at, beside = (ends_of(until, statistic, confidence) for statistic in ("mean", "geomean"))
    return Stop(rounds, rounds < most, *looked_at, beside)


def table(processes: Processes, runs: int, models: Sequence[Model] = MODELS) -> Table:
    result = Table(
        f"Early stopping: coverage of 95% intervals, at least {MIN_ROUNDS_TO_STOP} rounds, {ADDITIONAL_ROUNDS} more once narrow",
        (
            "synthetic runs",
            "at most",
            "within / deviation",
            "stop early",
            "rounds",
            "hold the truth",
            "share",
            "exact interval",
            "wanted",
            "",
            "geomean beside",
            "exact interval",
            "",
        ),
    )
    for model in models:
        true, beside = (truth(model)[name] for name in ("mean", "geomean"))
        for most, multiples in WITHIN.items():
            say(f"stopping: {model.name}, at most {most} rounds, {runs:,} runs")
            withins = [math.expm1(multiple * true.deviation) for multiple in multiples]
            task = partial(stops, model=model, most=most, withins=withins)
            by_rule = zip(*processes.each(task, runs), strict=True)
            for multiple, ended in zip(multiples, by_rule, strict=True):
                share = Share(sum(s.low <= true.log_ratio <= s.high for s in ended), len(ended))
                other = Share(sum(s.beside[0] <= beside.log_ratio <= s.beside[1] for s in ended), len(ended))
                early = Share(sum(s.early for s in ended), len(ended))
                result.rows.append(
                    [
                        model.name,
                        f"{most} rounds",
                        f"{multiple:.1f}",
                        early.text(),
                        f"{fmean(s.rounds for s in ended):.1f}",
                        *share.cells(),
                        f">= {LEAST * 100:g}%",
                        share.verdict(LEAST),
                        other.text(),
                        other.between(),
                        other.verdict(LEAST),
                    ]
                )
    result.notes = [
        "Within: the required half width, in standard deviations between rounds of the log ratio of the means.",
        "Rounds: the mean number of them. All rules look at the same runs.",
        "Geomean beside: how often its interval holds the truth at that stop.",
    ]
    return result
