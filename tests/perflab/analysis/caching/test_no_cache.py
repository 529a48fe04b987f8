"""What hits save and misses cost, against the cell in which only the caches are off."""

from __future__ import annotations

import numpy as np
import pytest

from perflab.analysis.caching.no_cache import against_no_cache
from perflab.analysis.stats.pairs import Pairs
from tests.perflab.analysis.caching.test_ledger import FACTORS, SCENARIO, run


def test_hits_and_misses_are_compared_apart_and_nothing_is_without_that_cell() -> None:
    samples, _ = run()
    measured = Pairs.of(samples, measured_only=False)
    on = measured.column("all_on")
    assert on is not None
    hits, misses = (np.nan_to_num(measured.values(f"cache_{name}")[:, on]) for name in ("hits", "misses"))
    compared = against_no_cache(measured, hits, misses, SCENARIO, FACTORS)
    saved, cost = compared["hits"]["job"], compared["misses"]["job"]
    assert saved.estimate == pytest.approx(0.009) and saved.n == 9
    assert cost.estimate == pytest.approx(1.2) and cost.n == 6
    alone = Pairs.of(samples[samples["cell"] == "all_on"], measured_only=False)
    assert against_no_cache(alone, hits, misses, SCENARIO, FACTORS) == {"hits": {}, "misses": {}}
