"""A saved run, and access logs of days before and after its deployment, for tests of what compares both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from perflab.report import build
from perflab.run.cells import WHOLE
from perflab.run.store import Run
from tests.perflab import saved_run, synthetic

# Two endpoints that queries make slow, and two that they leave alone.
KINDS = tuple(
    synthetic.Kind(name, weight, naive, optimised, path=f"/{name}/{{user_id}}")
    for name, weight, naive, optimised in (("slow", 3, 40, 4), ("mid", 5, 20, 10), ("same", 8, 3, 3), ("help", 4, 5, 5))
)
TRUTH = synthetic.Truth(factors=("queries",), kinds=KINDS, effects={}, hit_share=0, cell_noise=0.001)
FIRST = datetime(2026, 11, 2, 10, tzinfo=UTC)
LINE = '203.0.113.9 - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET /{name}/{user} HTTP/1.1" {status} 5 "-" "secret ua" {seconds:.6f}\n'


def save(reports: Path) -> Run:
    """Save the run below a reports folder."""
    scenario = synthetic.scenario(TRUTH)
    cells = synthetic.meta(TRUTH)["cells"]
    return saved_run.save(reports, TRUTH, scenario=scenario, factors=["queries"], cells=cells)


def ratios(run: Run) -> dict[str, float]:
    """What the run predicts of each endpoint."""
    wanted = ("latency_s", "mean", WHOLE)
    return {
        effect.endpoint: effect.ratio
        for effect in build(run).effects
        if (effect.metric, effect.statistic, effect.contrast) == wanted and effect.ratio
    }


def write_days(
    folder: Path, factors: Mapping[str, float], days: int = 7, start: int = 0, requests: int = 40, seed: int = 1
) -> Path:
    """Write the log of some days, whose times are those of a level and these factors; each day has a load of its own."""
    rng = np.random.default_rng(seed + start)
    lines = []
    for day in range(days):
        load = math.exp(rng.normal(0, 0.1))
        for name, factor in factors.items():
            mean = 0.1 * factor * load * math.exp(rng.normal(0, 0.02))
            for k in range(requests):
                at = FIRST + timedelta(days=start + day, minutes=k)
                seconds = mean * rng.lognormal(0, 0.3)
                lines.append(LINE.format(at=at, name=name, user=k, status=200, seconds=seconds))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "access.log").write_text("".join(lines))
    return folder
