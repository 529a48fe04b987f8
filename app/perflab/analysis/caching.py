"""The cache ledger: what each endpoint asks of the cache with everything on, what that saves, and what it costs.

Counts and times are those of the measured requests; sizes and times to live come from the checks, whose operations are
noted one by one. What a hit saves is told by the same Step in the cell in which only the caches are off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.answers import steps_of
from perflab.analysis.effects import compare
from perflab.analysis.intervals import t_interval
from perflab.analysis.mix import COLD_S
from perflab.analysis.names import OPTIMISED
from perflab.analysis.pairs import Bools, Floats, Pairs
from perflab.analysis.queries import optimised_cells
from perflab.analysis.values import number, plain

METRIC = "latency_s"
COUNTS = {"hits": "cache_hits", "misses": "cache_misses", "sets": "cache_sets", "deletes": "cache_deletes"}


def ledger(
    pairs: Pairs,
    trace: pd.DataFrame,
    operations: pd.DataFrame,
    answers: pd.DataFrame,
    scenario: Mapping[str, Any],
    factors: Sequence[str],
    confidence: float = 0.95,
) -> list[dict[str, Any]]:
    """A row for each endpoint that used the cache with everything on, or that its scenario says is `cached`.

    `pairs` with the warm-up, for that fills the caches. Rates are shares of lookups; `hit_rate` has its t interval over rounds.
    `best_rate` is the share of reads whose answer had been given before in the round and was still the same: more hits
    than that no cache can have without being wrong. `saved_s` per hit and `miss_cost` (a ratio) are against the cell without
    caches; null where there is none. What is unknown is null.
    """
    on = pairs.column(OPTIMISED)
    if on is None or not pairs.steps or not set(COUNTS.values()) <= set(pairs.samples.columns):
        return []
    steps = steps_of(pairs, trace, pairs.codes("response_digest")[:, on], scenario)
    known_before = _known_before(steps)
    measured = (pairs.of_steps("phase") == "measured").to_numpy(bool, na_value=False)
    counted = {name: np.nan_to_num(pairs.values(column)[:, on]) for name, column in COUNTS.items()}
    lookups = counted["hits"] + counted["misses"]
    compared = _against_no_cache(pairs.where(measured), counted["hits"][measured], counted["misses"][measured], scenario, factors)
    sets = operations[((operations["cell"] == OPTIMISED) & (operations["name"] == "set")).to_numpy(bool)]
    said = {e["name"] for e in (scenario.get("traffic") or {}).get("endpoints") or [] if e.get("cached")}
    rows = []
    for endpoint in sorted(steps["endpoint"].dropna().unique()):
        mine = measured & (steps["endpoint"] == endpoint).to_numpy(bool)
        sums = {name: int(values[mine].sum()) for name, values in counted.items()}
        if not any(sums.values()) and endpoint not in said:
            continue
        at_s = steps["at_s"].to_numpy(float)
        after_write = steps["affected_by"].notna().to_numpy(bool)
        entries = sets[(sets["endpoint"] == endpoint).to_numpy(bool)]
        became = answers[((answers["endpoint"] == endpoint) & (answers["cell"] == OPTIMISED)).to_numpy(bool)]["class"]
        rows.append(
            {
                "endpoint": endpoint,
                "said_cached": endpoint in said,
                "requests": int(mine.sum()),
                "gets": sums["hits"] + sums["misses"],
                **sums,
                "hit_rate": _rate(counted["hits"], lookups, mine, pairs, confidence),
                "after_write_rate": _share(counted["hits"], lookups, mine & after_write),
                "cold_rate": _share(counted["hits"], lookups, mine & (at_s < COLD_S)),
                "warm_rate": _share(counted["hits"], lookups, mine & (at_s >= COLD_S)),
                "best_rate": float(known_before[mine].mean()) if mine.any() else None,
                "saved_s": compared["hits"].get(endpoint),
                "miss_cost": compared["misses"].get(endpoint),
                "deletes_per_request": sums["deletes"] / int(mine.sum()) if mine.any() else None,
                "entry_bytes": number(entries["bytes"].median()) if entries["bytes"].notna().any() else None,
                "ttl_s": sorted({"for ever" if pd.isna(ttl) else float(ttl) for ttl in entries["ttl_s"]}, key=str),
                "stale": int((became == "stale").sum()),
                "leaked": int((became == "leaked").sum()),
            }
        )
    found: list[dict[str, Any]] = plain(rows)
    return found


def _known_before(steps: pd.DataFrame) -> Bools:
    """Per Step: whether the same request had been answered before in its round, and last with the same answer."""
    key = ["round", "endpoint", "method", "path", "body", "who"]
    last = steps.groupby(key, dropna=False)["digest"].shift()
    return ((last == steps["digest"]) & (steps["digest"] >= 0)).to_numpy(bool)


def _share(hits: Floats, lookups: Floats, wanted: Bools) -> float | None:
    tried = lookups[wanted].sum()
    return float(hits[wanted].sum() / tried) if tried else None


def _rate(hits: Floats, lookups: Floats, wanted: Bools, pairs: Pairs, confidence: float) -> dict[str, Any]:
    """The share of all lookups, with the t interval of the rounds' shares."""
    rounds = pairs.round_of[wanted]
    found, tried = (np.bincount(rounds, weights=v[wanted], minlength=pairs.rounds) for v in (hits, lookups))
    with np.errstate(invalid="ignore"):
        interval = t_interval((found / tried)[None, :], confidence)
    low, high = number(interval.low[0]), number(interval.high[0])
    return {
        "estimate": _share(hits, lookups, wanted),
        "low": None if low is None else max(0.0, low),
        "high": None if high is None else min(1.0, high),
        "rounds": int(interval.rounds[0]),
    }


def _against_no_cache(
    measured: Pairs, hits: Floats, misses: Floats, scenario: Mapping[str, Any], factors: Sequence[str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """By endpoint: seconds that a hit saves, and the ratio of a miss to no cache, each with its interval."""
    without = next((cell for cell in optimised_cells(scenario, factors) if cell != OPTIMISED), None)
    found: dict[str, dict[str, dict[str, Any]]] = {"hits": {}, "misses": {}}
    if without is None or not measured.has(without):
        return found
    for name, mask in (("hits", (hits > 0) & (misses == 0)), ("misses", misses > 0)):
        part = measured.where(mask)
        if not part.steps:
            continue
        for row in compare(part, METRIC, without, OPTIMISED, by="endpoint").to_dict("records"):
            if row["n"] and name == "hits":
                ends = -row["difference"], -row["difference_high"], -row["difference_low"]
            else:
                ends = row["ratio"], row["low"], row["high"]
            if row["n"]:
                found[name][row["endpoint"]] = {**dict(zip(("estimate", "low", "high"), ends, strict=True)), "n": row["n"]}
    return found
