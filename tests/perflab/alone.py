"""A run without factors: one cell, its A/A control and the calibration request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from perflab.run.cells import cells_of
from perflab.run.store import Run
from tests.perflab import saved_run, synthetic
from tests.perflab.synthetic import Truth

TRUTH = Truth(factors=(), rounds=4, blocks=6)
# What the profile says of an endpoint: half in the database, a tenth in templates.
SECONDS = {"database": 0.5, "orm": 0.2, "templates": 0.1, "application": 0.15, "cache": 0.05}


def save(reports: Path, run_id: str = "20261123-101500", truth: Truth = TRUTH, **changes: Any) -> Run:
    """Write such a run below a reports folder and read it back."""
    scenario = {**synthetic.scenario(truth), "claims": [], "factors": [], **changes.pop("scenario", {})}
    cells = [{"name": cell.name, "role": cell.role, "levels": cell.levels} for cell in cells_of(())]
    return saved_run.save(reports, truth, run_id, scenario=scenario, factors=[], cells=cells, **changes)


def profile(truth: Truth = TRUTH) -> list[dict[str, Any]]:
    """The table `profile` of each endpoint."""
    return [
        {"endpoint": kind.name, "part": part, "source": None, "request_count": 10, "sample_count": 200, "seconds": seconds,
         "time_share": seconds}
        for kind in truth.kinds for part, seconds in SECONDS.items()
    ]  # fmt: skip
