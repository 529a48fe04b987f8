"""Attribution: how much of the whole gain each factor has.

A factor's effect depends on what else is on. Beside the factor alone and last stands its Shapley share (Shapley 1953): the
mean of what it does over all orders in which the factors could have been switched on. On the log scale the shares
multiply to the whole exactly, in each round and so on average.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.intervals import t_interval
from perflab.analysis.names import ALL, cell_of
from perflab.analysis.pairs import Floats, Pairs
from perflab.analysis.statistics import mean
from perflab.analysis.values import plain

METRICS = ("latency_s", "query_count")


def attribution(
    samples: pd.DataFrame | Pairs,
    factors: Sequence[str],
    metrics: Sequence[str] = METRICS,
    confidence: float = 0.95,
    endpoints: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Per metric and factor: `alone`, `last`, `shapley` and the `whole`, each {estimate, low, high}, over ALL Steps.

    `scale` log: an estimate is a ratio, and the Shapley ratios multiply to the whole. Where a cell's mean is 0 in some round the
    scale is linear: an estimate is a difference per request in the metric's unit, and they add up. `share` is the Shapley part
    of the whole. Only Steps that every cell answered count. Empty where a cell is missing.
    """
    pairs = Pairs.of(samples, endpoints=endpoints)
    subsets = [s for size in range(len(factors) + 1) for s in itertools.combinations(factors, size)]
    cells = [cell_of(subset, factors) for subset in subsets]
    if not factors or not set(cells) <= set(pairs.cells):
        return []
    columns = np.array([pairs.cells.index(cell) for cell in cells])
    found: list[dict[str, Any]] = []
    for metric in metrics:
        if metric not in pairs.samples.columns:
            continue
        values = pairs.values(metric)[:, columns]
        complete = np.isfinite(values).all(axis=1)
        if not complete.any():
            continue
        rounds = pairs.round_of[complete]
        means = np.stack([mean(v, rounds, pairs.rounds) for v in values[complete].T])
        means = means[:, np.isfinite(means).all(axis=0)]
        found += _of_metric(metric, means, subsets, factors, confidence, int(complete.sum()))
    plain_rows: list[dict[str, Any]] = plain(found)
    return plain_rows


def _of_metric(
    metric: str,
    means: Floats,
    subsets: Sequence[tuple[str, ...]],
    factors: Sequence[str],
    confidence: float,
    n: int,
) -> list[dict[str, Any]]:
    """`means` is cells by rounds, in the order of `subsets`."""
    log = bool((means > 0).all())
    level = dict(zip(subsets, np.log(means) if log else means, strict=True))
    everything = tuple(factors)
    whole = level[everything] - level[()]

    def part(per_round: Floats) -> dict[str, float]:
        interval = t_interval(per_round[None, :], confidence)
        ends = {"estimate": interval.mean[0], "low": interval.low[0], "high": interval.high[0]}
        return {key: float(np.exp(end) if log else end) for key, end in ends.items()}

    rows = []
    for factor in factors:
        others = tuple(f for f in factors if f != factor)
        shapley = _shapley(level, factor, factors)
        total = float(whole.mean())
        rows.append(
            {
                "endpoint": ALL,
                "metric": metric,
                "factor": factor,
                "scale": "log" if log else "linear",
                "alone": part(level[(factor,)] - level[()]),
                "last": part(level[everything] - level[others]),
                "shapley": part(shapley),
                "whole": part(whole),
                "share": float(shapley.mean()) / total if total else None,
                "n": n,
                "rounds": means.shape[1],
            }
        )
    return rows


def _shapley(level: dict[tuple[str, ...], Floats], factor: str, factors: Sequence[str]) -> Floats:
    """The factor's contribution per round, averaged over all orders of switching on."""
    others = [f for f in factors if f != factor]
    k = len(factors)
    total = np.zeros_like(level[()])
    for size in range(k):
        weight = factorial(size) * factorial(k - size - 1) / factorial(k)
        for before in itertools.combinations(others, size):
            with_it = tuple(f for f in factors if f in before or f == factor)
            total = total + weight * (level[with_it] - level[before])
    return total
