"""Synthetic runs: tables with exactly the columns of a real one, whose true effects are known.

A request's time is   base(endpoint) · product of the factors' ratios · round noise · cell-in-round noise · request noise
and its queries follow from the endpoint and the levels, without noise. All draws come from one seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from perflab.run.cells import CANARY_SHARE, Cell, cells_of
from perflab.run.store import Run
from perflab.run.tables import COUNTERS, SAMPLES, SCHEMA_VERSION, TRACE, Table

FACTORS = ("indexes", "queries", "caching")
# Tables that were drawn, by what draws them and what is true of them; at most so many.
_DRAWN: dict[tuple[str, str], pd.DataFrame] = {}
MAX_DRAWN = 40


@dataclass(frozen=True)
class Kind:
    """One endpoint of the synthetic subject: its weight, its naive and optimised queries, its time per query."""

    name: str
    weight: float
    naive: int
    optimised: int
    method: str = "GET"
    audited: bool = True
    cached: bool = True
    base_s: float = 0.8e-3
    per_query_s: float = 0.35e-3
    path: str = "/{user_id}"


KINDS = (
    Kind("payments", 12, 62, 3),
    Kind("reviews", 14, 81, 2, base_s=1.2e-3),
    Kind("reviews by reviewer", 8, 79, 2),
    Kind("profile", 16, 3, 1),
    Kind("account details", 10, 2, 1),
    Kind("job", 12, 14, 3),
    Kind("applications of the caller", 8, 83, 3, method="POST", cached=False),
    Kind("jobs of a client", 8, 101, 4),
    Kind("job as its client sees it", 5, 14, 3, cached=False),
    Kind("best applicants of a job", 5, 64, 4, cached=False, base_s=2e-3),
    Kind("post a job", 1, 2, 2, method="POST", audited=False, cached=False),
    Kind("pay", 2, 3, 3, method="POST", audited=False, cached=False),
    Kind("leave a review", 1, 4, 4, method="POST", audited=False, cached=False),
)


@dataclass(frozen=True)
class Truth:
    """What is true of a synthetic run. `effects` multiplies a cell's time where a factor is on (besides its queries)."""

    factors: Sequence[str] = FACTORS
    kinds: Sequence[Kind] = KINDS
    rounds: int = 5
    blocks: int = 12
    block: int = 20
    warmup_blocks: int = 1
    effects: Mapping[str, float] = field(default_factory=lambda: {"indexes": 0.93})
    hit_share: float = 0.7
    round_noise: float = 0.03
    cell_noise: float = 0.005
    request_noise: float = 0.25
    drift: float = 0.0
    canary: float = CANARY_SHARE
    db_clock: bool = True
    seed: int = 1


def scenario(truth: Truth = Truth(), **changes: Any) -> dict[str, Any]:
    """A scenario as run.json keeps it, with the marketplace's claims."""
    reduction = {"direction": "at_least", "scope": "audited"}
    resolved: dict[str, Any] = {
        "title": "Did Phase 2 pay off?",
        "traffic": {
            "endpoints": [
                {"name": k.name, "method": k.method, "path": k.path, "weight": k.weight, "audited": k.audited,
                 "writes": None if k.method == "GET" else not k.audited}
                for k in truth.kinds
            ]
        },
        "claims": [
            {"id": "response-time", "statement": "Response time falls by 95-98%", "metric": "latency_s", "bound": 0.95,
             "claimed": {"before": "500-2000 ms", "after": "10-50 ms"}, **reduction},
            {"id": "response-time-target", "statement": "Response time falls by 75-90%", "metric": "latency_s",
             "bound": 0.75, **reduction},
            {"id": "query-count", "statement": "Queries fall by 95-100%", "metric": "query_count", "bound": 0.95,
             "claimed": {"before": "10-50", "after": "0-3"}, **reduction},
            {"id": "database-cpu", "statement": "Database CPU halves", "metric": "db_cpu_s", "bound": 0.5, **reduction},
            {"id": "hit-rate", "statement": "80%+ of lookups hit", "metric": "cache_hit_rate", "direction": "at_least",
             "bound": 0.8, "scope": "audited"},
            {"id": "capacity", "statement": "4-5x the users", "metric": "capacity_users", "direction": "at_least",
             "bound": 4},
            {"id": "n-plus-one", "statement": "N+1 problems eliminated", "metric": "repeated_queries",
             "direction": "at_most", "bound": 0},
            {"id": "breaking", "statement": "0 breaking changes", "metric": "changed_responses", "direction": "at_most",
             "bound": 0},
            {"id": "stale", "statement": "Automatic invalidation", "metric": "stale_responses", "direction": "at_most",
             "bound": 0},
            {"id": "indexes", "statement": "22 indexes added", "metric": "index_count", "direction": "at_least", "bound": 22},
        ],
        "margin": 0.02,
    }  # fmt: skip
    return {**resolved, **changes}


def weighted_mean(samples: pd.DataFrame, column: str, truth: Truth = Truth()) -> float:
    """The mean of a column over all requests as the page shows it: that of the endpoints' means, by their weights."""
    means = samples.groupby("endpoint")[column].mean().astype(float)
    weights = pd.Series({kind.name: kind.weight for kind in truth.kinds}).reindex(means.index)
    return float((means * weights).sum() / weights.sum())


def make_trace(truth: Truth = Truth()) -> pd.DataFrame:
    """The trace of every round: endpoints drawn by weight. Drawn once; each caller gets a copy, which costs nothing."""
    return _drawn(_trace, truth).copy()


def make_samples(truth: Truth = Truth(), trace: pd.DataFrame | None = None) -> pd.DataFrame:
    """The samples of every cell and control, in the order in which a run writes them (round, block, position).

    Those of the truth's own trace are drawn once, in 0.15 s; each caller gets a copy, which costs nothing.
    """
    return _samples(truth, trace) if trace is not None else _drawn(_samples, truth).copy()


def _drawn(draw: Callable[[Truth], pd.DataFrame], truth: Truth) -> pd.DataFrame:
    """What is drawn of a truth, kept by what the truth says: its mappings cannot be hashed."""
    key = draw.__name__, repr(truth)
    if key not in _DRAWN:
        if len(_DRAWN) >= MAX_DRAWN:
            _DRAWN.clear()
        _DRAWN[key] = draw(truth)
    return _DRAWN[key]


def _trace(truth: Truth) -> pd.DataFrame:
    size = (truth.warmup_blocks + truth.blocks) * truth.block
    weights = np.array([k.weight for k in truth.kinds], dtype=float)
    parts = []
    for number in range(1, truth.rounds + 1):
        rng = np.random.default_rng([truth.seed, number])
        kinds = rng.choice(len(truth.kinds), size=size, p=weights / weights.sum())
        block = np.arange(size) // truth.block
        user = rng.integers(1, 400, size)
        parts.append(
            pd.DataFrame(
                {
                    "round": number,
                    "step": np.arange(size),
                    "block": block,
                    "at_s": np.cumsum(rng.exponential(0.02, size)),
                    "phase": np.where(block < truth.warmup_blocks, "warmup", "measured"),
                    "endpoint": np.array([k.name for k in truth.kinds])[kinds],
                    "method": np.array([k.method for k in truth.kinds])[kinds],
                    "path": [truth.kinds[k].path.format(user_id=u) for k, u in zip(kinds, user, strict=True)],
                    "body": None,
                    "user": user.astype(str),
                    "affected_by": None,
                }
            )
        )
    return _typed(pd.concat(parts, ignore_index=True), TRACE)


def _samples(truth: Truth, trace: pd.DataFrame | None = None) -> pd.DataFrame:
    trace = make_trace(truth) if trace is None else trace
    parts = []
    for number in sorted(trace["round"].unique()):
        steps = trace[trace["round"] == number]
        rng = np.random.default_rng([truth.seed, int(number), 77])
        round_factor = np.exp(rng.normal(0, truth.round_noise))
        hits = rng.random(len(steps)) < truth.hit_share
        shared = rng.normal(0, truth.request_noise, len(steps))  # a heavy Step is heavy in every cell
        for cell in cells_of(truth.factors):
            cell_factor = np.exp(rng.normal(0, truth.cell_noise))
            parts.append(_of_cell(truth, cell, steps, round_factor * cell_factor, shared, hits, rng))
    samples = pd.concat(parts, ignore_index=True)
    order = np.random.default_rng([truth.seed, 99]).random(len(samples))
    turn = samples.assign(_o=order).groupby(["round", "block", "cell"])["_o"].transform("first")
    samples["position"] = turn.groupby([samples["round"], samples["block"]]).rank(method="dense").astype(int) - 1
    samples = samples.sort_values(["round", "block", "position", "step"], ignore_index=True)
    changes = samples["cell"].where(samples["cell"] != samples["cell"].shift()).ffill()
    samples["predecessor"] = changes.shift().where(samples["cell"] != samples["cell"].shift()).ffill()
    samples["started_s"] = samples["latency_s"].cumsum()
    return _typed(samples, SAMPLES.with_factors(truth.factors))


def _of_cell(
    truth: Truth,
    cell: Cell,
    steps: pd.DataFrame,
    pace: float,
    shared: Any,
    hits: Any,
    rng: np.random.Generator,
) -> pd.DataFrame:
    if cell.role == "reference":
        steps = steps[steps["phase"] == "measured"].groupby("block").head(1)
    size = len(steps)
    by_name = {k.name: k for k in truth.kinds}
    kinds = [by_name[name] for name in steps["endpoint"]]
    on = cell.is_on
    cached = np.array([k.cached for k in kinds]) if on("caching") else np.zeros(size, dtype=bool)
    hit = cached & hits[: len(cached)]
    queries = np.array([k.optimised if on("queries") else k.naive for k in kinds])
    queries = np.where(hit, 0, queries)
    per_query = np.array([k.per_query_s for k in kinds]) * (0.9 if on("indexes") else 1.0)
    base = np.where(hit, 0.3e-3, np.array([k.base_s for k in kinds]))
    ratio = np.prod([truth.effects.get(f, 1.0) for f in truth.factors if on(f)])
    noise = np.exp(shared[:size] + rng.normal(0, truth.request_noise / 3, size))
    slower = 1 + truth.drift * np.arange(size) / max(size, 1)
    latency = (base + queries * per_query) * ratio * pace * noise * slower
    if cell.role == "canary":
        latency = latency * (1 + truth.canary)
    if cell.role == "reference":
        latency, queries = 1e-3 * pace * np.exp(rng.normal(0, 0.02, size)), np.zeros(size, dtype=int)
    unknown = np.full(size, np.nan)
    is_reference = cell.role == "reference"
    digest = (steps["round"].astype(str) + "/" + steps["step"].astype(str)).to_numpy()
    levels = {f: None if is_reference else ("on" if on(f) else "off") for f in truth.factors}
    return pd.DataFrame(
        {
            **{c: steps[c].to_numpy() for c in ("round", "step", "block", "phase")},
            "cell": cell.name,
            "role": cell.role,
            **levels,
            "endpoint": "reference" if is_reference else steps["endpoint"].to_numpy(),
            "method": "GET" if is_reference else steps["method"].to_numpy(),
            "status": 200,
            "user": None if is_reference else steps["user"].to_numpy(),
            "latency_s": latency,
            "app_cpu_s": latency * 0.55,
            "db_cpu_s": unknown if is_reference or not truth.db_clock else latency * 0.3 * (queries > 0) + 1e-6,
            "cache_cpu_s": unknown if is_reference else np.where(cached, 12e-6, 0.0),
            "query_count": queries,
            "duplicate_query_count": np.maximum(queries - 4, 0),
            "query_time_s": queries * per_query * 0.7,
            "query_app_cpu_s": queries * per_query * 0.3,
            "cache_hits": hit.astype(int),
            "cache_misses": (cached & ~hit).astype(int),
            "cache_sets": (cached & ~hit).astype(int),
            "cache_deletes": 0,
            "response_bytes": 900,
            "response_digest": digest,
            "error": None,
        }
    )  # fmt: skip


def make_counters(samples: pd.DataFrame) -> pd.DataFrame:
    """What the servers counted, per round, block and cell that has a database."""
    rows = samples[samples["cell"] != "reference"]
    table = rows.groupby(["round", "block", "cell"], as_index=False).agg(
        rows_read=("query_count", "sum"), cache_server_hits=("cache_hits", "sum"), cache_server_misses=("cache_misses", "sum")
    )  # fmt: skip
    return _typed(
        table.assign(wal_bytes=0, buffers_hit=table["rows_read"] * 3, buffers_read=0, cache_server_bytes=0),
        COUNTERS,
    )


def _typed(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    return rows.reindex(columns=list(table.names)).astype(table.dtypes)


def meta(truth: Truth = Truth(), status: str = "complete", **changes: Any) -> dict[str, Any]:
    """A run.json."""
    return {
        "schema": SCHEMA_VERSION,
        "status": status,
        "error": None,
        "run_id": "20261123-101500",
        "scenario_name": "marketplace",
        "scenario": scenario(truth),
        "parameters": {"profile": "smoke", "seed": truth.seed},
        "factors": list(truth.factors),
        "cells": [{"name": c.name, "role": c.role, "levels": c.levels} for c in cells_of(truth.factors)],
        "environment": {"versions": {"python": "3.11"}, "machine": {"cores": 2}, "indexes": 22},
        **changes,
    }


def make_run(
    truth: Truth = Truth(),
    samples: pd.DataFrame | None = None,
    directory: Path = Path("synthetic"),
    **changes: Any,
) -> Run:
    """A Run whose tables are in memory; no file is written or read."""
    trace = make_trace(truth)
    samples = make_samples(truth) if samples is None else samples
    run = Run(directory, meta(truth, **changes))
    run.__dict__.update(trace=trace, samples=samples, counters=make_counters(samples))  # fills the cached properties
    return run
