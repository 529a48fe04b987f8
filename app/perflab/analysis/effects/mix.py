"""The mix taken apart: an average over all requests hides which of them gained, and which paid for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.effects.effects import EFFECT_COLUMNS, Row, as_table, of_metric
from perflab.analysis.stats.intervals import MIN_ROUNDS, p_value, t_interval
from perflab.analysis.stats.pairs import Bools, Floats, Groups, Pairs
from perflab.analysis.stats.statistics import mean
from perflab.analysis.stats.verdicts import is_material, of_effect
from perflab.run.cells import COLD, GEOMEAN, HITS, MISSES, OPTIMISED, READS, WARM, WRITES, Contrast
from perflab.run.scenario import scenario_endpoints, writing_endpoints

METRICS = ("latency_s", "app_cpu_s", "db_cpu_s", "query_count")
COLD_S = 60.0


def groups(pairs: Pairs, scenario: Mapping[str, Any], trace: pd.DataFrame | None = None) -> dict[str, Bools]:
    """Which Steps are reads and writes, hits and misses, cold and warm: a mask over the Steps of `pairs` for each.

    A hit is a Step that the optimised cell answered from its cache alone, a miss one that it looked up in vain. Cold are
    the Steps of a round's first minute in trace time. A group that cannot be told is left out.
    """
    found: dict[str, Bools] = {}
    if scenario_endpoints(scenario) and "endpoint" in pairs.samples.columns:
        writes = pairs.of_steps("endpoint").isin(writing_endpoints(scenario)).to_numpy(bool, na_value=False)
        found |= {READS: ~writes, WRITES: writes}
    column = pairs.column(OPTIMISED)
    if column is not None and {"cache_hits", "cache_misses"} <= set(pairs.samples.columns):
        hits, misses = pairs.values("cache_hits")[:, column], pairs.values("cache_misses")[:, column]
        if np.nansum(hits) + np.nansum(misses) > 0:
            reads = found.get(READS, np.ones(pairs.steps, dtype=bool))
            found |= {HITS: reads & (hits > 0) & (misses == 0), MISSES: reads & (misses > 0)}
    if trace is not None and len(trace) and "at_s" in trace.columns:
        steps = pd.DataFrame({"round": pairs.of_steps("round"), "step": pairs.of_steps("step")})
        at_s = steps.merge(trace[["round", "step", "at_s"]], on=["round", "step"], how="left")["at_s"].to_numpy(float)
        found |= {COLD: at_s < COLD_S, WARM: at_s >= COLD_S}
    return found


def mixed_effects(
    samples: pd.DataFrame | Pairs,
    scenario: Mapping[str, Any],
    contrasts: Sequence[Contrast],
    trace: pd.DataFrame | None = None,
    metrics: Sequence[str] = METRICS,
    confidence: float = 0.95,
    margin: float = 0.02,
) -> pd.DataFrame:
    """Effects as `compare` gives them, for GEOMEAN and each group of `groups`: its name stands in the column `endpoint`.

    Each is a comparison of its own, not one of a family. A group without a Step has rows that say so.
    """
    pairs = Pairs.of(samples)
    endpoints = pairs.groups(("endpoint",)) if pairs.steps and "endpoint" in pairs.samples.columns else None
    parts = _parts(groups(pairs, scenario, trace))
    alike, rows = [], []
    for metric in (m for m in metrics if pairs.measures(m)):
        values = pairs.values(metric)
        if endpoints is not None:
            alike += [equal_weights(pairs, values, endpoints, c, metric, confidence, margin) for c in contrasts]
        rows += of_metric(pairs, values, metric, contrasts, parts, "mean", confidence, margin)
    found = [*(row for row in alike if row is not None), *rows]
    return as_table(found, ("endpoint",))


def _parts(masks: Mapping[str, Bools]) -> list[Groups]:
    """Both sides of each division of the Steps, which are no family: each is asked about by itself."""
    found = []
    for sides in ((READS, WRITES), (HITS, MISSES), (COLD, WARM)):
        if set(sides) <= set(masks):
            codes = np.select([masks[side] for side in sides], list(range(len(sides))), -1).astype(np.int64)
            found.append(Groups(codes, pd.DataFrame({"endpoint": sides}), family=False))
    return found


def equal_weights(
    pairs: Pairs,
    values: Floats,
    endpoints: Groups,
    contrast: Contrast,
    metric: str,
    confidence: float = 0.95,
    margin: float = 0.02,
) -> Row | None:
    """The geometric mean of the endpoints' ratios, each counting alike, with its t interval over rounds.

    `values` is the metric as `Pairs.values` has it. Only endpoints that every round asked for, and whose mean is above 0 in
    both cells: a ratio of nothing is none. None where there is no such endpoint.
    """
    before, after = pairs.column(contrast.baseline), pairs.column(contrast.candidate)
    if before is None or after is None:
        return None
    paired = np.isfinite(values[:, before]) & np.isfinite(values[:, after])
    size, rounds = len(endpoints), pairs.rounds
    codes = endpoints.codes[paired] * rounds + pairs.round_of[paired]
    sides = [mean(values[paired, side], codes, size * rounds).reshape(size, rounds) for side in (before, after)]
    with np.errstate(invalid="ignore"):
        whole = (sides[0] > 0).all(axis=1) & (sides[1] > 0).all(axis=1)
    if not whole.any():
        return None
    logs = np.log(sides[1][whole] / sides[0][whole]).mean(axis=0)
    interval = t_interval(logs[None, :], confidence)
    ratio, low, high = (float(np.exp(end[0])) for end in (interval.mean, interval.low, interval.high))
    p = float(p_value(interval.mean, interval.standard_error, interval.rounds)[0])
    seen = None if np.isnan(p) else p <= 1 - confidence
    left = size - int(whole.sum())
    few = f"An interval needs {MIN_ROUNDS} rounds." if rounds < MIN_ROUNDS else None
    return {
        **dict.fromkeys(EFFECT_COLUMNS, np.nan),
        "endpoint": GEOMEAN, "metric": metric, "statistic": "geomean of means", "contrast": contrast.name,
        "ratio": ratio, "low": low, "high": high, "n": int(whole.sum()), "rounds": rounds,
        "verdict": of_effect(metric, ratio, low, high, margin, seen), "seen": seen,
        "material": None if seen is None else is_material(low, high, margin),
        "p_value": p, "p_adjusted": p, "family": 1, "scale": "log",
        "standard_error": float(interval.standard_error[0]), "left_out": left,
        "note": few or (f"{left} endpoints were not asked for in every round, or have a mean of 0." if left else None),
    }  # fmt: skip
