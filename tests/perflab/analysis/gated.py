"""Synthetic runs whose truth is known, for the tests of the gate and of what it is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.gate.gate import GateCheck
from tests.perflab.synthetic import Truth, make_samples, make_trace

TRUTH = Truth(rounds=6, blocks=10, hit_share=0.0)  # the cache's luck is drawn with the noise, and changes queries
# Calibration requests in a block, what they vary by, and what other requests do on their own.
CALIBRATIONS, CALIBRATION_NOISE = 8, 0.05
OWN_NOISE = {"latency_s": 0.3, "app_cpu_s": 0.1, "db_cpu_s": 0.1}
TIMES = ("latency_s", "app_cpu_s", "db_cpu_s")
FACTS: dict[str, Any] = {
    "python": "3.11.7",
    "machine": {"cpu_model": "A Processor", "cores": 2, "architecture": "x86_64"},
    "pinning": {"pinned": True, "measured_cores": [1]},
    "postgres": {"version": "18.6"},
    "rows": {"a.User": 1000},
    "indexes": 22,
}


def again(seed_of_noise: int, truth: Truth = TRUTH) -> pd.DataFrame:
    """The same traffic measured another time: the noise is drawn anew."""
    return make_samples(replace(truth, seed=seed_of_noise), make_trace(truth))


# Where everything is on: twin and canary run the code of all_on, so that what slows it slows them.
OPTIMISED = ["all_on", "twin", "canary"]


def slower(samples: pd.DataFrame, factor: float, cells: list[str] | None = None) -> pd.DataFrame:
    """Every time of some cells multiplied; of all cells that replay traffic where none is named."""
    slow = samples["cell"].isin(cells) if cells is not None else samples["cell"] != "reference"
    changed = samples.copy()
    for metric in TIMES:
        changed.loc[slow, metric] *= factor
    return changed


def of(checks: list[GateCheck], kind: str, part: str = "") -> dict[str, GateCheck]:
    return {b.name: b for b in checks if b.kind == kind and part in b.name}


def calibrated(truth: Truth, samples: pd.DataFrame) -> pd.DataFrame:
    """The calibration request as often as a run sends it: two in a slice of five Steps, not one in a block of twenty."""
    rows = samples[samples["cell"] == "reference"]
    rng = np.random.default_rng([truth.seed, 5])
    pace = rows.groupby("round")[["latency_s", "app_cpu_s"]].transform("mean")
    requests = []
    for place in range(CALIBRATIONS):
        own = pace.mul(np.exp(rng.normal(0, CALIBRATION_NOISE, len(rows))), axis=0)
        requests.append(rows.assign(step=rows["step"] + place, latency_s=own["latency_s"], app_cpu_s=own["app_cpu_s"]))
    others = samples[samples["cell"] != "reference"].copy()
    for metric, noise in OWN_NOISE.items():
        others[metric] *= np.exp(rng.normal(0, noise, len(others)))
    return pd.concat([others, *requests]).sort_values(["round", "block", "step"], ignore_index=True)
