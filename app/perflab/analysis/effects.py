"""Effects: what one cell costs against another, with the interval that the rounds allow."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from perflab.analysis import names, verdicts
from perflab.analysis.intervals import LEAST_ROUNDS, ratio_interval, t_interval
from perflab.analysis.names import ALL, Contrast
from perflab.analysis.pairs import Floats, Groups, Pairs
from perflab.analysis.statistics import STATISTICS, count
from perflab.errors import InputError

EFFECT_COLUMNS = (
    "endpoint", "metric", "statistic", "contrast", "before", "after", "ratio", "difference", "low", "high",
    "n", "rounds", "verdict", "seen", "material", "scale", "standard_error", "difference_low", "difference_high",
    "left_out", "note",
)  # fmt: skip


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
    counted in `left_out`. The statistic of each round gives one log ratio, and their mean its t interval with
    R - 1 degrees of freedom; below 3 rounds low and high are NaN. Where a round's figure is 0 the scale is linear
    (column `scale`). `before` and `after` are the statistic over all pairs, in the metric's unit; `difference` is after -
    before, with the t interval of the rounds' differences beside it; `ratio`, `low` and `high` are candidate / baseline.
    Where the baseline is 0 there is no ratio, and the verdict is the difference's. `note` says what is missing, if anything is.

    Sources: Kalibera & Jones 2013 and Kalibera & Jones, "Quantifying performance changes with effect size confidence
    intervals" (2012, ratios of means over nested levels); Abedi & Brecht 2017 (randomised interleaving); Bulej et al.
    2020 (pairing); Fleming & Wallace, "How not to lie with statistics" (CACM 1986, ratios multiply).

    Raises InputError for a metric or group that is no column, an unknown statistic, a confidence outside 0..1.
    """
    _check(statistic, confidence, margin)
    pairs = Pairs.of(samples)
    by = [by] if isinstance(by, str) else list(by or ())
    contrast = Contrast(f"{candidate} / {baseline}", baseline, candidate)
    groupings = _groupings(pairs, by)
    parts = _of_metric(
        pairs, pairs.values(metric), metric, [contrast], groupings, statistic, confidence, margin
    )
    return _table(parts, by)


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
    """Every contrast of a run by every metric: one row per (endpoint or ALL, metric, statistic, contrast).

    `scope` limits it to some endpoints, ALL then being all of those. Each row is as `compare` gives it; a contrast whose
    cells were not measured has a row that says so. A million samples take about 2 s.
    """
    chosen = names.contrasts(factors) if contrasts is None else list(contrasts)
    pairs = Pairs.of(samples, endpoints=scope)
    known = [m for m in names.EFFECT_METRICS if m in pairs.samples.columns]
    groupings = _groupings(pairs, list(by))
    parts: list[pd.DataFrame] = []
    for metric in known if metrics is None else metrics:
        values = pairs.values(metric)
        for statistic in statistics:
            _check(statistic, confidence, margin)
            parts += _of_metric(pairs, values, metric, chosen, groupings, statistic, confidence, margin)
    return _table(parts, list(by))


def _check(statistic: str, confidence: float, margin: float) -> None:
    if statistic not in STATISTICS:
        raise InputError(
            f"there is no statistic {statistic!r}", hint=f"choose one of {', '.join(STATISTICS)}"
        )
    if not 0 < confidence < 1:
        raise InputError(f"a confidence of {confidence} is not between 0 and 1", hint="0.95 is usual")
    if not 0 <= margin < 1:
        raise InputError(f"a margin of {margin} is not between 0 and 1", hint="0.02 is 2%")


def _groupings(pairs: Pairs, by: Sequence[str]) -> list[Groups]:
    return [pairs.groups(()), pairs.groups(by)] if by else [pairs.groups(())]


def _of_metric(
    pairs: Pairs,
    values: Floats,
    metric: str,
    contrasts: Sequence[Contrast],
    groupings: Sequence[Groups],
    statistic: str,
    confidence: float,
    margin: float,
) -> list[pd.DataFrame]:
    parts = []
    for contrast in contrasts:
        before, after = (_cell(pairs, values, cell) for cell in (contrast.baseline, contrast.candidate))
        for groups in groupings:
            if not len(groups):
                groups = Groups(groups.codes, pd.DataFrame(index=range(1)))
            part = _estimate(pairs, before, after, groups, statistic, confidence)
            part.insert(0, "metric", metric)
            part.insert(1, "statistic", statistic)
            part.insert(2, "contrast", contrast.name)
            ends = _ends(part)
            part["verdict"] = [verdicts.of_effect(metric, low, high, margin) for low, high in ends]
            part["seen"] = pd.Series([verdicts.is_seen(*end) for end in ends], dtype=object)
            part["material"] = pd.Series([verdicts.is_material(*end, margin) for end in ends], dtype=object)
            part["note"] = _notes(pairs, part, contrast, metric, (before, after))
            parts.append(pd.concat([groups.labels.reset_index(drop=True), part], axis=1))
    return parts


def _cell(pairs: Pairs, values: Floats, cell: str) -> Floats:
    column = pairs.column(cell)
    return np.full(pairs.steps, np.nan) if column is None else values[:, column]


def _estimate(
    pairs: Pairs, before: Floats, after: Floats, groups: Groups, statistic: str, confidence: float
) -> pd.DataFrame:
    """The numbers of one contrast for all groups; no loop over rows or groups."""
    figure = STATISTICS[statistic]
    size, rounds = len(groups), max(pairs.rounds, 1)
    paired = np.isfinite(before) & np.isfinite(after)
    group, x, y = groups.codes[paired], before[paired], after[paired]
    in_round = group * rounds + pairs.round_of[paired]
    per_round = [figure(side, in_round, size * rounds).reshape(size, rounds) for side in (x, y)]
    interval = ratio_interval(per_round[0], per_round[1], confidence)
    differences = t_interval(per_round[1] - per_round[0], confidence)
    was, became, n = figure(x, group, size), figure(y, group, size), count(group, size)
    return pd.DataFrame(
        {
            "before": was,
            "after": became,
            "ratio": interval.ratio,
            "difference": became - was,
            "low": interval.low,
            "high": interval.high,
            "n": n,
            "rounds": interval.rounds,
            "scale": np.where(interval.log, "log", "linear"),
            "standard_error": interval.standard_error,
            "difference_low": differences.low,
            "difference_high": differences.high,
            "left_out": count(groups.codes, size) - n,
        }
    )


def _ends(part: pd.DataFrame) -> list[tuple[float, float]]:
    """The ends that verdicts are drawn from: the ratio's; infinitely far up where something rose from 0."""
    ends = []
    for before, ratio, low, high, rise in zip(
        part["before"], part["ratio"], part["low"], part["high"], part["difference_low"], strict=True
    ):
        from_nothing = before == 0 and math.isnan(ratio) and rise > 0
        ends.append((math.inf, math.inf) if from_nothing else (float(low), float(high)))
    return ends


def _notes(
    pairs: Pairs, part: pd.DataFrame, contrast: Contrast, metric: str, sides: tuple[Floats, Floats]
) -> list[str | None]:
    """Why a row has no estimate or no interval, in one plain sentence; None where nothing is missing."""
    general = _missing(pairs, contrast, metric, sides)
    notes: list[str | None] = []
    for n, rounds, ratio, low in zip(part["n"], part["rounds"], part["ratio"], part["low"], strict=True):
        if general:
            notes.append(general)
        elif not n:
            notes.append(
                f"{contrast.baseline} and {contrast.candidate} have no Step in common that both answered."
            )
        elif math.isnan(ratio):
            notes.append(
                f"{contrast.baseline} is 0 in at least one round: there is a difference, but no ratio."
            )
        elif math.isnan(low):
            notes.append(f"An interval needs {LEAST_ROUNDS} rounds, and there {_are(rounds)} of it.")
        else:
            notes.append(None)
    return notes


def _missing(pairs: Pairs, contrast: Contrast, metric: str, sides: tuple[Floats, Floats]) -> str | None:
    if not pairs.steps:
        return "There are no samples: nothing was measured."
    for cell, side in zip((contrast.baseline, contrast.candidate), sides, strict=True):
        column = pairs.column(cell)
        if not pairs.has(cell):
            return f"There are no samples of the cell {cell}."
        if not np.isfinite(side).any():
            if pairs.failed[pairs.cell_of == column].all():
                return f"Every request of the cell {cell} failed."
            return f"{metric} is unknown in the cell {cell}: it could not be measured."
    return None


def _are(rounds: int) -> str:
    return "is 1" if rounds == 1 else f"are {rounds}"


def _table(parts: Sequence[pd.DataFrame], by: Sequence[str]) -> pd.DataFrame:
    """One table with the effect's columns first; groups other than `endpoint` have a column of their own."""
    columns = [*(c for c in by if c != "endpoint"), *EFFECT_COLUMNS]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat([part.reindex(columns=columns) for part in parts], ignore_index=True)
    for column in {"endpoint", *by}:
        table[column] = table[column].astype(object).where(table[column].notna(), ALL)
    return table
