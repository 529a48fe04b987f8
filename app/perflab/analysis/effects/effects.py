"""Effects: how one cell differs from another by a metric, with the interval that the rounds allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.effects.table import Row, as_table, missing_of, note_of
from perflab.analysis.stats import verdicts
from perflab.analysis.stats.families import holm, simultaneous
from perflab.analysis.stats.intervals import MIN_ROUNDS, p_value, t_interval
from perflab.analysis.stats.levels import CellLevels, Grouping, groupings
from perflab.analysis.stats.paired import paired_interval
from perflab.analysis.stats.pairs import Floats, Groups, Pairs
from perflab.analysis.stats.ratios import (
    DifferenceInterval,
    difference_interval,
    figures_by_round,
    ratio_interval,
    ratio_of_figures,
)
from perflab.analysis.stats.statistics import MIN_PER_ROUND, STATISTICS, count
from perflab.analysis.stats.tails import tails
from perflab.errors import InputError
from perflab.run import cells
from perflab.run.cells import Contrast
from perflab.run.metrics import COUNTED, EFFECT_METRICS, PAIRED_MEDIAN


def compare(
    samples: pd.DataFrame | Pairs,
    metric: str,
    baseline: str,
    candidate: str,
    by: Sequence[str] | str | None = None,
    statistic: str = "mean",
    confidence: float = 0.95,
    margin: float = 0.02,
) -> pd.DataFrame:
    """Compare two cells by one metric: a row for ALL Steps, and one per group with `by`.

    Samples are paired by (round, step); a pair with an error or an unknown value on either side is left out and
    counted in `left_out`. The ratio is that of the levels over all pairs, weighted by endpoint where the samples' Pairs have
    weights, with the jackknife's error over rounds and R - 1 degrees of freedom; below 3 rounds low and high are NaN.

    The groups of `by` are a family of `family` comparisons: `low` and `high` hold for all of them at once, and a change is
    statistically significant where Holm's adjusted p value is at most 1 - confidence (families.py). ALL is a comparison of
    its own.

    Args:
        samples: The run's requests, or these as Pairs.
        metric: A column of the samples.
        baseline: The cell that is compared with.
        candidate: The cell that is compared.
        by: Columns to group by.
        statistic: One of `statistics.STATISTICS`, or `paired_median` (paired.py), which is a ratio without levels.
        confidence: The confidence of intervals, 0..1.
        margin: The margin of equivalence, relative.

    Returns:
        A table of EFFECT_COLUMNS. `before` and `after` are the statistic over all pairs, in the metric's unit; `difference` is
        after - before, with its own interval; `ratio`, `low` and `high` are candidate / baseline.
        Where the baseline is 0 there is no ratio, and the verdict is the difference's. p99 is null
        below 30 exceedances in a round. `mde` is the minimum detectable effect, relative (power 80%). `note` says what is
        missing, if anything is.

    Raises:
        InputError: For a metric or group that is no column, an unknown statistic, a confidence outside 0..1.

    Sources: Kalibera & Jones 2013 and Kalibera & Jones, "Quantifying performance changes with effect size confidence
    intervals" (2012, ratios of means over nested levels); Abedi & Brecht 2017 (randomised interleaving); Bulej et al.
    2020 (pairing); Fleming & Wallace, "How not to lie with statistics" (CACM 1986, ratios multiply).
    """
    _check(statistic, confidence, margin)
    names = (baseline, candidate)
    pairs = Pairs.of(
        samples.of_cells(names) if isinstance(samples, Pairs) else samples
    )  # fewer cells before fewer Steps
    by = [by] if isinstance(by, str) else list(by or ())
    contrast = Contrast(baseline, candidate)
    divisions = groupings(pairs, _divisions(pairs, by))
    parts = of_metric(pairs, pairs.values(metric), metric, [contrast], divisions, statistic, confidence, margin)
    return as_table(parts, by)


def effects(
    samples: pd.DataFrame | Pairs,
    factors: Sequence[str],
    metrics: Sequence[str] | None = None,
    by: Sequence[str] = ("endpoint",),
    statistics: Sequence[str] = ("mean",),
    confidence: float = 0.95,
    margin: float = 0.02,
    scope: Sequence[str] | None = None,
    contrasts: Sequence[Contrast] | None = None,
) -> pd.DataFrame:
    """Compare the cells of every contrast by every metric: one row per (endpoint or ALL, metric, statistic, contrast).

    A contrast whose cells were not measured has a row that says so. A million samples take about 2 s.

    Args:
        samples: The run's requests, or these as Pairs.
        factors: The scenario's factors, in its order.
        metrics: Columns of the samples; None for all that are measured.
        by: Columns to group by.
        statistics: Some of `statistics.STATISTICS`.
        confidence: The confidence of intervals, 0..1.
        margin: The margin of equivalence, relative.
        scope: The endpoints that count, of which ALL is then the whole; None for all.
        contrasts: The pairs of cells; None for all of a run.

    Returns:
        Rows as `compare` returns them.

    Raises:
        InputError: As `compare` does.
    """
    chosen = cells.contrasts(factors) if contrasts is None else list(contrasts)
    pairs = Pairs.of(samples, endpoints=scope)
    measured = [m for m in EFFECT_METRICS if pairs.measures(m)]
    divisions = groupings(pairs, _divisions(pairs, list(by)))
    rows: list[Row] = []
    for metric in measured if metrics is None else metrics:
        values = pairs.values(metric)
        for statistic in statistics:
            _check(statistic, confidence, margin)
            rows += of_metric(pairs, values, metric, chosen, divisions, statistic, confidence, margin)
    return as_table(rows, list(by))


def _check(statistic: str, confidence: float, margin: float) -> None:
    if statistic not in (*STATISTICS, PAIRED_MEDIAN):
        names = ", ".join([*STATISTICS, PAIRED_MEDIAN])
        raise InputError(f"there is no statistic {statistic!r}", hint=f"choose one of {names}")
    if not 0 < confidence < 1:
        raise InputError(f"a confidence of {confidence} is not between 0 and 1", hint="0.95 is usual")
    if not 0 <= margin < 1:
        raise InputError(f"a margin of {margin} is not between 0 and 1", hint="0.02 is 2%")


def _divisions(pairs: Pairs, by: Sequence[str]) -> list[Groups]:
    """Return ALL, and the groups of `by`. ALL has its row even if there is no Step."""
    every = Groups(np.zeros(pairs.steps, dtype=np.int64), pd.DataFrame(index=range(1)))
    return [every, pairs.groups(by)] if by and pairs.steps else [every]


def of_metric(
    pairs: Pairs,
    values: Floats,
    metric: str,
    contrasts: Sequence[Contrast],
    divisions: Sequence[Grouping],
    statistic: str,
    confidence: float,
    margin: float,
) -> list[Row]:
    """Return the rows of some contrasts for every group.

    Args:
        pairs: The samples.
        values: The metric as `Pairs.values` returns it, Steps by cells.
        metric: The metric's name.
        contrasts: The pairs of cells.
        divisions: The groups of Steps, each division a family of its own.
        statistic: One of `statistics.STATISTICS`.
        confidence: The confidence of intervals, 0..1.
        margin: The margin of equivalence, relative.
    """
    rows: list[Row] = []
    counts = metric in COUNTED
    divided = [(groups, CellLevels(strata, pairs.round_of)) for groups, strata in divisions]
    for contrast in contrasts:
        sides = [_cell(pairs, values, cell) for cell in (contrast.baseline, contrast.candidate)]
        missing = missing_of(pairs, contrast, metric, sides)
        for groups, of_cells in divided:
            figures = _estimate(pairs, contrast, sides, groups, of_cells, statistic, confidence, counts)
            for label, *numbers in zip(groups.records, *figures.values(), strict=True):
                row = {**label, **dict(zip(figures, numbers, strict=True))}
                row |= {"metric": metric, "statistic": statistic, "contrast": contrast.name}
                row |= _verdict(row, metric, margin, 1 - confidence)
                row["note"] = missing or note_of(row, contrast)
                rows.append(row)
    return rows


def _verdict(row: Row, metric: str, margin: float, level: float) -> Row:
    low, high = _ends(row)
    significant = None if math.isnan(row["p_adjusted"]) else bool(row["p_adjusted"] <= level)
    beyond = None if significant is None else verdicts.is_practically_significant(low, high, margin)
    return {
        "statistically_significant": significant,
        "practically_significant": beyond,
        "verdict": verdicts.of_effect(metric, row["ratio"] if low < math.inf else low, low, high, margin, significant),
    }


def _cell(pairs: Pairs, values: Floats, cell: str) -> Floats:
    column = pairs.column(cell)
    return np.full(pairs.steps, np.nan) if column is None else values[:, column]


def _estimate(
    pairs: Pairs,
    contrast: Contrast,
    sides: Sequence[Floats],
    groups: Groups,
    of_cells: CellLevels,
    statistic: str,
    confidence: float,
    counts: bool,
) -> dict[str, list[Any]]:
    """Return the numbers of one contrast for all groups, a list each; without a loop over samples or groups."""
    (before, after), size = sides, len(groups)
    paired = groups.inside & np.isfinite(before) & np.isfinite(after)
    if statistic == "mean":
        counted, levels = of_cells.of(paired, (contrast.baseline, before), (contrast.candidate, after))
        n, fewest = counted.n, 1
        was, became = (side.level for side in levels)
        members = int((levels[0].rounds >= MIN_ROUNDS).sum()) if groups.family else 1
        each = simultaneous(confidence, members)
        interval = ratio_interval(*levels, each, tails(counted, before, after, levels, counts), counts)
        differences = difference_interval(*levels, each)
    elif statistic == PAIRED_MEDIAN:
        chosen = before[paired], after[paired], groups.codes[paired], pairs.round_of[paired]
        n, interval = paired_interval(*chosen, size, max(pairs.rounds, 1), confidence)
        members = int((interval.rounds >= MIN_ROUNDS).sum()) if groups.family else 1
        _, interval = paired_interval(*chosen, size, max(pairs.rounds, 1), simultaneous(confidence, members))
        unknown = np.full(size, np.nan)
        fewest, was, became, differences = 1, unknown, unknown, DifferenceInterval(*[unknown] * 4)
    else:
        fewest = MIN_PER_ROUND.get(statistic, 1)
        codes, rounds = groups.codes[paired], pairs.round_of[paired]
        figures = figures_by_round(before[paired], after[paired], codes, rounds, statistic, size, max(pairs.rounds, 1))
        n, (was, became), per_round = count(codes, size), figures[0], figures[1]
        members = int((np.isfinite(per_round[0]).sum(axis=1) >= MIN_ROUNDS).sum()) if groups.family else 1
        each = simultaneous(confidence, members)
        interval = ratio_of_figures((was, became), per_round, each)
        spread = t_interval(per_round[1] - per_round[0], each)
        difference, reach = became - was, spread.high - spread.mean
        of_difference = p_value(difference, spread.standard_error, spread.rounds)
        differences = DifferenceInterval(difference, difference - reach, difference + reach, of_difference)
    # What rose from 0 has no ratio; the difference tells whether it rose.
    tested = np.where(np.isnan(interval.ratio), differences.p_value, interval.p_value)
    columns = {
        "before": was,
        "after": became,
        "ratio": interval.ratio,
        "difference": differences.difference,
        "low": interval.low,
        "high": interval.high,
        "n": n,
        "rounds": interval.rounds,
        "mde": interval.mde,
        "p_value": tested,
        "p_adjusted": holm(tested) if groups.family else tested,
        "family": np.full(size, members),
        "scale": np.where(interval.log, "log", "linear"),
        "standard_error": interval.standard_error,
        "difference_low": differences.low,
        "difference_high": differences.high,
        "left_out": groups.sizes - n,
        "fewest": np.full(size, fewest),
    }
    return {name: column.tolist() for name, column in columns.items()}


def _ends(row: Row) -> tuple[float, float]:
    """Return the interval that decides the verdict: the ratio's; infinite where something rose from 0."""
    from_nothing = row["before"] == 0 and math.isnan(row["ratio"]) and row["difference_low"] > 0
    return (math.inf, math.inf) if from_nothing else (row["low"], row["high"])
