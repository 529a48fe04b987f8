"""Attribution: the share of each factor in the whole change.

A factor's effect depends on what else is on. Beside its effect from the baseline and by leave-one-out stands its Shapley share
(Shapley, "A value for n-person games", 1953): the mean of its effects over all orders in which the factors could have been
switched on. On the log scale the shares multiply to the whole exactly, which is that of the levels printed beside it. So do the
effects from the baseline and the interactions, what several factors do together beyond their parts: the dividends of Harsanyi,
"A simplified bargaining model for the n-person cooperative game", 1963; in a 2^k design the interactions against the baseline.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import factorial

import numpy as np
import pandas as pd
from scipy import special

from perflab.analysis.stats.intervals import MIN_ROUNDS
from perflab.analysis.stats.levels import Counted, Strata, jackknife_error
from perflab.analysis.stats.pairs import Floats, Pairs
from perflab.analysis.stats.values import number
from perflab.run.cells import ALL, WHOLE, cell_of, contrast_name
from perflab.run.metrics import CPU_METRICS
from perflab.run.records import JOINED_BY, Attribution, Effect, Estimate

METRICS = ("latency_s", *CPU_METRICS, "query_count")

Level = dict[tuple[str, ...], Floats]


@dataclass(frozen=True)
class Levels:
    """The level of one metric in every treatment cell, by the factors that are on; logarithms if all are above 0.

    A level is an array: over all rounds, and then without each of them.
    """

    metric: str
    level: Level
    log: bool
    n: int
    rounds: int
    confidence: float

    @property
    def scale(self) -> str:
        """The scale of the levels: `log` or `linear`."""
        return "log" if self.log else "linear"

    def part(self, levels: Floats) -> Estimate:
        """Return a sum of levels with its interval: a ratio on the log scale, else a difference per request."""
        present = np.ones((1, self.rounds), dtype=bool)
        error = float(jackknife_error(levels[None, 1:], present)[0]) if self.rounds >= MIN_ROUNDS else np.nan
        reach = error * float(special.stdtrit(max(self.rounds - 1, 1), 0.5 + self.confidence / 2))
        ends = (levels[0], levels[0] - reach, levels[0] + reach)
        return Estimate(*(number(np.exp(end) if self.log else end) for end in ends))


def attribution(
    samples: pd.DataFrame | Pairs,
    factors: Sequence[str],
    metrics: Sequence[str] = METRICS,
    confidence: float = 0.95,
    endpoints: Sequence[str] | None = None,
) -> list[Attribution]:
    """Return the effects of each factor on each metric, over all Steps to which every cell responded.

    Args:
        samples: The run's requests, or these as Pairs.
        factors: The scenario's factors, in its order.
        metrics: Columns of the samples.
        confidence: The confidence of intervals, 0..1.
        endpoints: The endpoints that count; None for all.

    Returns:
        A record for each metric and factor. On the log scale an estimate is a ratio, and the Shapley ratios multiply to the
        whole. Where a cell's mean is 0 in a round the scale is linear: an estimate is a difference per request in the metric's
        unit, and they add up. Empty if a cell is missing.
    """
    return [
        record
        for levels in _levels(samples, factors, metrics, confidence, endpoints)
        for record in _of(levels, factors)
    ]


def with_interactions(
    samples: pd.DataFrame | Pairs, factors: Sequence[str], confidence: float = 0.95
) -> list[Attribution]:
    """Return what `attribution` and `interactions` do, one after the other, from one pass over each metric.

    Args:
        samples: The run's requests, or these as Pairs.
        factors: The scenario's factors, in its order.
        confidence: The confidence of intervals, 0..1.
    """
    measured = list(_levels(samples, factors, METRICS, confidence))
    return [
        *(record for levels in measured for record in _of(levels, factors)),
        *(record for levels in measured for record in _together(levels)),
    ]


def with_intervals_of(attributions: Iterable[Attribution], effects: Iterable[Effect]) -> list[Attribution]:
    """Return attributions in which what is an effect of two cells has that effect's figures, so that none has two intervals.

    The interval of an effect is wider where values are few or skewed; that of a share is not, for it is of all cells. An effect
    that rests on other requests, because some cell failed to respond to one, is not used: the shares would not multiply to it.

    Args:
        attributions: The run's attributions.
        effects: The run's effects.
    """
    of_cells = {
        (effect.metric, effect.contrast, effect.n): Estimate(effect.ratio, effect.low, effect.high)
        for effect in effects
        if (effect.endpoint, effect.statistic, effect.scale) == (ALL, "mean", "log") and effect.low is not None
    }
    return [
        _with_intervals_of(row, of_cells) if row.kind == "factor" and row.scale == "log" else row
        for row in attributions
    ]


def _with_intervals_of(row: Attribution, of_cells: Mapping[tuple[str, str, int], Estimate]) -> Attribution:
    names = contrast_name("from baseline", row.factor), contrast_name("leave-one-out", row.factor), WHOLE
    from_baseline, leave_one_out, whole = (of_cells.get((row.metric, name, row.n)) for name in names)
    return replace(
        row,
        from_baseline=from_baseline or row.from_baseline,
        leave_one_out=leave_one_out or row.leave_one_out,
        whole=whole or row.whole,
    )


def _of(levels: Levels, factors: Sequence[str]) -> Iterator[Attribution]:
    """Yield the record of each factor."""
    level, everything = levels.level, tuple(factors)
    whole = level[everything] - level[()]
    total = float(whole[0])
    for factor in factors:
        others = tuple(f for f in factors if f != factor)
        shapley = _shapley(level, factor, factors)
        yield Attribution(
            ALL, levels.metric, levels.scale, levels.n, levels.rounds, "factor", factor,
            from_baseline=levels.part(level[(factor,)] - level[()]),
            leave_one_out=levels.part(level[everything] - level[others]),
            shapley=levels.part(shapley),
            whole=levels.part(whole),
            shapley_share=number(shapley[0] / total) if total else None,
        )  # fmt: skip


def interactions(
    samples: pd.DataFrame | Pairs,
    factors: Sequence[str],
    metrics: Sequence[str] = METRICS,
    confidence: float = 0.95,
) -> list[Attribution]:
    """Return what each set of two or more factors, named `a x b`, does `together` beyond all that its parts do.

    On the log scale a ratio: below 1 they save more together than apart, above 1 they save the same thing twice. The effects
    from the baseline and all interactions multiply to the whole.

    Args:
        samples: The run's requests, or these as Pairs.
        factors: The scenario's factors, in its order.
        metrics: Columns of the samples.
        confidence: The confidence of intervals, 0..1.
    """
    return [record for levels in _levels(samples, factors, metrics, confidence) for record in _together(levels)]


def _together(levels: Levels) -> Iterator[Attribution]:
    """Yield the record of each set of two or more factors."""
    for together in (subset for subset in levels.level if len(subset) > 1):
        yield Attribution(
            ALL, levels.metric, levels.scale, levels.n, levels.rounds, "interaction", JOINED_BY.join(together),
            together=levels.part(_dividend(levels.level, together)),
        )  # fmt: skip


def _levels(
    samples: pd.DataFrame | Pairs,
    factors: Sequence[str],
    metrics: Sequence[str],
    confidence: float,
    endpoints: Sequence[str] | None = None,
) -> Iterator[Levels]:
    pairs = Pairs.of(samples, endpoints=endpoints)
    subsets = [s for size in range(len(factors) + 1) for s in itertools.combinations(factors, size)]
    cells = [cell_of(subset, factors) for subset in subsets]
    if not factors or not set(cells) <= set(pairs.cells):
        return
    columns = np.array([pairs.cells.index(cell) for cell in cells])
    strata = Strata.of(pairs, pairs.groups(()))
    for metric in metrics:
        if not pairs.measures(metric):
            continue
        values = pairs.values(metric)[:, columns]
        complete = np.asarray(np.isfinite(values).all(axis=1), dtype=bool)
        if not complete.any():
            continue
        counted = Counted.of(strata, pairs.round_of, complete)
        of_cells = [counted.levels(column) for column in values.T]
        present = of_cells[0].present[0]
        means = np.stack([np.concatenate([each.level, each.without[0, present]]) for each in of_cells])
        log = bool((means > 0).all())
        level = dict(zip(subsets, np.log(means) if log else means, strict=True))
        yield Levels(metric, level, log, int(complete.sum()), int(present.sum()), confidence)


def _dividend(level: Level, together: tuple[str, ...]) -> Floats:
    """Return what a set of factors does beyond the sum of all that its parts do (inclusion and exclusion)."""
    total = np.zeros_like(level[()])
    for size in range(len(together) + 1):
        for part in itertools.combinations(together, size):
            total = total + (-1) ** (len(together) - size) * level[part]
    return total


def _shapley(level: Level, factor: str, factors: Sequence[str]) -> Floats:
    """Return the factor's contribution, averaged over all orders of switching on."""
    others = [f for f in factors if f != factor]
    k = len(factors)
    total = np.zeros_like(level[()])
    for size in range(k):
        weight = factorial(size) * factorial(k - size - 1) / factorial(k)
        for before in itertools.combinations(others, size):
            with_it = tuple(f for f in factors if f in before or f == factor)
            total = total + weight * (level[with_it] - level[before])
    return total
