"""Levels: what requests take in one cell, by endpoint, with the interval that the rounds allow.

A run without factors compares nothing: its results are these. A mean is that of the endpoints' means by the scenario's weights,
with the jackknife's error over rounds (stats/levels.py); a quantile is of all requests, with the spread of the rounds' quantiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from perflab.analysis.profile import remaining
from perflab.analysis.stats.intervals import MIN_ROUNDS, t_interval
from perflab.analysis.stats.levels import Counted, Strata, jackknife_error
from perflab.analysis.stats.pairs import Floats, Groups, Pairs
from perflab.analysis.stats.statistics import MIN_PER_ROUND, STATISTICS, count
from perflab.analysis.stats.values import number
from perflab.run.cells import ALL
from perflab.run.metrics import EFFECT_METRICS
from perflab.run.scenario import endpoint_weights, fullest_cell
from perflab.run.store import Run

QUANTILES = ("p50", "p95", "p99")
TIME = "latency_s"

Row = dict[str, Any]


def levels(pairs: Pairs, cell: str, confidence: float = 0.95) -> list[Row]:
    """Return what the requests of a cell take: a row for ALL and for each endpoint, metric and statistic.

    Args:
        pairs: The measured samples.
        cell: The cell.
        confidence: The confidence of intervals, 0..1.

    Returns:
        Rows with `endpoint`, `metric`, `statistic`, `estimate` in the metric's unit, `low` and `high` (None below three rounds),
        `n` requests and `rounds`. Rows of the mean service time also have `share`: which part of the time of all requests the
        endpoint takes. Requests that failed, and metrics that are unknown, have none.
    """
    column = pairs.column(cell)
    if column is None or not pairs.steps:
        return []
    every = Groups(np.zeros(pairs.steps, dtype=np.int64), pd.DataFrame(index=range(1)))
    divisions = [every, pairs.groups(("endpoint",))]
    rows: list[Row] = []
    for metric in filter(pairs.measures, EFFECT_METRICS):
        values = pairs.values(metric)[:, column]
        for groups in divisions:
            rows += _means(pairs, metric, values, groups, confidence)
        if metric == TIME:
            rows += [row for statistic in QUANTILES for row in _quantile(pairs, values, statistic, confidence)]
    return _with_shares(rows, pairs)


def _means(pairs: Pairs, metric: str, values: Floats, groups: Groups, confidence: float) -> Iterator[Row]:
    measured = np.asarray(np.isfinite(values), dtype=bool)
    counted = Counted.of(Strata.of(pairs, groups), pairs.round_of, measured)
    level = counted.levels(values)
    # On the scale of logarithms, as ratios are: nothing here is negative. What is 0 in all rounds but one has none.
    log = (level.level > 0) & (np.where(level.present, level.without, 1.0) > 0).all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = jackknife_error(np.where(log[:, None], np.log(level.without), level.without), level.present)
    reach = error * special.stdtrit(np.maximum(level.rounds - 1, 1), 0.5 + confidence / 2)
    for place, label in enumerate(groups.records):
        rounds, n, mean = int(level.rounds[place]), int(counted.n[place]), float(level.level[place])
        if n:
            ends = _ends(mean, reach[place], bool(log[place])) if rounds >= MIN_ROUNDS else (np.nan, np.nan)
            yield _row(str(label.get("endpoint", ALL)), metric, "mean", (mean, *ends), n, rounds)


def _ends(estimate: float, reach: float, log: bool) -> tuple[float, float]:
    """Return the ends of an interval of something that is never negative."""
    if log:
        return float(estimate * np.exp(-reach)), float(estimate * np.exp(reach))
    return max(estimate - reach, 0.0), estimate + reach


def _quantile(pairs: Pairs, values: Floats, statistic: str, confidence: float) -> Iterator[Row]:
    finite = np.isfinite(values)
    values, rounds = values[finite], pairs.round_of[finite]
    number_of = max(pairs.rounds, 1)
    sizes = count(rounds, number_of)
    enough = sizes >= max(MIN_PER_ROUND.get(statistic, 1), 1)
    if not enough.any():
        return
    figure = STATISTICS[statistic]
    whole = float(figure(values, np.zeros(len(values), dtype=np.int64), 1)[0])
    with np.errstate(divide="ignore"):
        spread = t_interval(np.log(np.where(enough, figure(values, rounds, number_of), np.nan))[None, :], confidence)
    ends = _ends(whole, float((spread.high - spread.mean)[0]), log=True)
    yield _row(ALL, TIME, statistic, (whole, *ends), len(values), int(spread.rounds[0]))


def _row(endpoint: str, metric: str, statistic: str, ends: tuple[float, float, float], n: int, rounds: int) -> Row:
    estimate, low, high = map(number, ends)
    return {
        "endpoint": endpoint, "metric": metric, "statistic": statistic, "estimate": estimate, "low": low, "high": high, "n": n,
        "rounds": rounds,
    }  # fmt: skip


def _with_shares(rows: list[Row], pairs: Pairs) -> list[Row]:
    """Add to each mean service time which part of the time of all requests it is."""
    own = [row for row in rows if (row["metric"], row["statistic"]) == (TIME, "mean") and row["endpoint"] != ALL]
    weights = pairs.weights or {}
    of = {row["endpoint"]: float(row["n"]) for row in own}
    if set(of) <= set(weights):
        of = {name: float(weights[name]) for name in of}
    total = sum(of[row["endpoint"]] * row["estimate"] for row in own)
    for row in own:
        row["share"] = of[row["endpoint"]] * row["estimate"] / total if total else None
    return rows


def parts_of(run: Run) -> dict[str, float]:
    """Return which share of the mean request is spent in which part, by the profile; nothing where there is no profile.

    Args:
        run: The run.
    """
    rows = remaining(run.profile, run.samples, endpoint_weights(run.scenario), fullest_cell(run.scenario))
    return {name: part["share"] for name, part in rows[0]["parts"].items()} if rows else {}
