"""The mix taken apart: an average over all requests hides which of them became faster, and which slower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from perflab.analysis.effects.effects import of_metric
from perflab.analysis.effects.table import EFFECT_COLUMNS, Row, as_table
from perflab.analysis.stats.intervals import MIN_ROUNDS, p_value
from perflab.analysis.stats.levels import Counted, Strata, groupings, jackknife_error
from perflab.analysis.stats.pairs import Bools, Floats, Groups, Pairs
from perflab.analysis.stats.verdicts import is_practically_significant, of_effect
from perflab.run.cells import COLD, GEOMEAN, HITS, MISSES, OPTIMISED, READS, WARM, WRITES, Contrast
from perflab.run.scenario import endpoint_weights, scenario_endpoints, writing_endpoints

METRICS = ("latency_s", "app_cpu_s", "db_cpu_s", "query_count")
COLD_S = 60.0
# A trace begins with one of its first requests, or after a warm-up of more requests than these.
FIRST_REQUESTS = 20


def groups(pairs: Pairs, scenario: Mapping[str, Any], trace: pd.DataFrame | None = None) -> dict[str, Bools]:
    """Return masks over the Steps of `pairs`: reads and writes, hits and misses, cold and warm.

    A hit is a Step that all_on served from its cache alone, a miss one with an unsuccessful lookup. Cold are the Steps of a
    round's first minute in trace time, where rounds begin with empty caches. A group that is unknown is left out.

    Args:
        pairs: The samples.
        scenario: The scenario as run.json keeps it.
        trace: The run's Steps.
    """
    masks: dict[str, Bools] = {}
    if scenario_endpoints(scenario) and "endpoint" in pairs.samples.columns:
        writes = pairs.of_steps("endpoint").isin(writing_endpoints(scenario)).to_numpy(bool, na_value=False)
        masks |= {READS: ~writes, WRITES: writes}
    if OPTIMISED in pairs.cells and {"cache_hits", "cache_misses"} <= set(pairs.samples.columns):
        optimised = pairs.of_cells((OPTIMISED,))
        hits, misses = (optimised.values(name)[:, 0] for name in ("cache_hits", "cache_misses"))
        if np.nansum(hits) + np.nansum(misses) > 0:
            reads = masks.get(READS, np.ones(pairs.steps, dtype=bool))
            masks |= {HITS: reads & (hits > 0) & (misses == 0), MISSES: reads & (misses > 0)}
    if trace is not None and len(trace) and "at_s" in trace.columns:
        steps = pd.DataFrame({"round": pairs.of_steps("round"), "step": pairs.of_steps("step")})
        at_s = steps.merge(trace[["round", "step", "at_s"]], on=["round", "step"], how="left")["at_s"].to_numpy(float)
        if starts_cold(at_s, scenario):
            masks |= {COLD: at_s < COLD_S, WARM: at_s >= COLD_S}
    return masks


def starts_cold(at_s: Floats, scenario: Mapping[str, Any]) -> bool:
    """Tell whether rounds begin with empty caches: where traffic comes before them, no request is of the first seconds.

    Args:
        at_s: The times of the requests in the trace.
        scenario: The scenario as run.json keeps it.
    """
    rate = float((scenario.get("traffic") or {}).get("rate_per_s") or 0)
    return bool(len(at_s)) and not np.nanmin(at_s) * rate > FIRST_REQUESTS


def mixed_effects(
    samples: pd.DataFrame | Pairs,
    scenario: Mapping[str, Any],
    contrasts: Sequence[Contrast],
    trace: pd.DataFrame | None = None,
    metrics: Sequence[str] = METRICS,
    confidence: float = 0.95,
    margin: float = 0.02,
) -> pd.DataFrame:
    """Compare cells over the geomean of endpoints (GEOMEAN) and over each group of `groups`.

    Each is a comparison of its own, not one of a family. A group without a Step has rows that say so.

    Args:
        samples: The run's requests, or these as Pairs.
        scenario: The scenario as run.json keeps it.
        contrasts: The pairs of cells.
        trace: The run's Steps.
        metrics: Columns of the samples.
        confidence: The confidence of intervals, 0..1.
        margin: The margin of equivalence, relative.

    Returns:
        Rows as `compare` returns them, with the group's name in the column `endpoint`.
    """
    pairs = Pairs.of(samples, weights=endpoint_weights(scenario))
    endpoints = pairs.groups(("endpoint",)) if pairs.steps and "endpoint" in pairs.samples.columns else None
    parts = groupings(pairs, _parts(groups(pairs, scenario, trace)))
    equal, rows = [], []
    for metric in (m for m in metrics if pairs.measures(m)):
        values = pairs.values(metric)
        if endpoints is not None:
            equal += [equal_weights(pairs, values, endpoints, c, metric, confidence, margin) for c in contrasts]
        rows += of_metric(pairs, values, metric, contrasts, parts, "mean", confidence, margin)
    return as_table([*(row for row in equal if row is not None), *rows], ("endpoint",))


def _parts(masks: Mapping[str, Bools]) -> list[Groups]:
    """Return both sides of each division of the Steps; these are no family, each is a comparison of its own."""
    divisions = []
    for sides in ((READS, WRITES), (HITS, MISSES), (COLD, WARM)):
        if set(sides) <= set(masks):
            codes = np.select([masks[side] for side in sides], list(range(len(sides))), -1).astype(np.int64)
            divisions.append(Groups(codes, pd.DataFrame({"endpoint": sides}), family=False))
    return divisions


def equal_weights(
    pairs: Pairs,
    values: Floats,
    endpoints: Groups,
    contrast: Contrast,
    metric: str,
    confidence: float = 0.95,
    margin: float = 0.02,
) -> Row | None:
    """Return the geometric mean of the endpoints' ratios, equally weighted, with its t interval over rounds.

    The geometric mean is the one that suits ratios: Fleming & Wallace, "How not to lie with statistics: the correct way to
    summarize benchmark results", CACM 1986.

    Args:
        pairs: The samples.
        values: The metric as `Pairs.values` returns it, Steps by cells.
        endpoints: The groups of Steps by endpoint.
        contrast: The pair of cells.
        metric: The metric's name.
        confidence: The confidence of the interval, 0..1.
        margin: The margin of equivalence, relative.

    Returns:
        A row over the endpoints that were requested in every round with a mean above 0 in both cells; None if there is none.
    """
    before, after = pairs.column(contrast.baseline), pairs.column(contrast.candidate)
    if before is None or after is None:
        return None
    paired = np.isfinite(values[:, before]) & np.isfinite(values[:, after])
    size, rounds = len(endpoints), pairs.rounds
    counted = Counted.of(Strata.of(pairs, endpoints), pairs.round_of, paired)
    sides = [counted.levels(values[:, side]) for side in (before, after)]
    whole = counted.counts.all(axis=1)
    for side in sides:
        whole &= (side.level > 0) & (side.without > 0).all(axis=1)
    if not whole.any():
        return None
    # The columns: over all rounds, and without each of them.
    figures = [np.column_stack([side.level, side.without])[whole] for side in sides]
    logs = np.log(figures[1] / figures[0]).mean(axis=0)
    present = np.ones((1, rounds), dtype=bool)
    error = jackknife_error(logs[None, 1:], present) if rounds >= MIN_ROUNDS else np.full(1, np.nan)
    reach = float(error[0] * special.stdtrit(max(rounds - 1, 1), 0.5 + confidence / 2))
    ratio, low, high = (float(np.exp(end)) for end in (logs[0], logs[0] - reach, logs[0] + reach))
    p = float(p_value(logs[:1], error, np.array([rounds]))[0])
    significant = None if np.isnan(p) else p <= 1 - confidence
    left = size - int(whole.sum())
    few = f"An interval needs {MIN_ROUNDS} rounds." if rounds < MIN_ROUNDS else None
    return {
        **dict.fromkeys(EFFECT_COLUMNS, np.nan),
        "endpoint": GEOMEAN, "metric": metric, "statistic": "geomean of means", "contrast": contrast.name,
        "ratio": ratio, "low": low, "high": high, "n": int(whole.sum()), "rounds": rounds,
        "verdict": of_effect(metric, ratio, low, high, margin, significant), "statistically_significant": significant,
        "practically_significant": None if significant is None else is_practically_significant(low, high, margin),
        "p_value": p, "p_adjusted": p, "family": 1, "scale": "log",
        "standard_error": float(error[0]), "left_out": left,
        "note": few or (f"{left} endpoints were not requested in every round, or have a mean of 0." if left else None),
    }  # fmt: skip
