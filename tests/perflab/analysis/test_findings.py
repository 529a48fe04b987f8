"""The one constructor of findings."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from perflab.analysis.findings import MAX_STEPS, finding


def test_every_finding_has_the_same_keys_and_plain_values() -> None:
    count: Any = np.int64(30)
    row = finding(
        "stale", "error", "Stale.", endpoint="job", count=count, steps=[{"round": np.int32(1), "step": 2}] * 30
    )
    assert json.loads(json.dumps(row)) == row
    assert (row["class"], row["count"], len(row["steps"]), row["example"]) == ("stale", 30, MAX_STEPS, {})
    assert row.keys() == finding("index_unused", "info", "Unused.", table="t", index="i").keys()
