from __future__ import annotations

import numpy as np

from perflab.analysis.effects.identical import differences
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN, TWIN_OFF
from tests.perflab.analysis.tables import samples_of

CELLS = (OPTIMISED, TWIN, CANARY, BASELINE, TWIN_OFF)


def cells(rounds: int = 5, **slower: float) -> Pairs:
    rng = np.random.default_rng(3)
    return Pairs.of(
        samples_of(
            {
                cell: [[float(np.exp(rng.normal(0, 0.005))) * slower.get(cell, 1.0)] * 4 for _ in range(rounds)]
                for cell in CELLS
            }
        )
    )


def test_cells_that_are_alike_do_not_differ():
    assert [each.beyond(0.02) for each in differences(cells(), "latency_s")] == [False, False]


def test_each_control_that_is_at_fault_is_named():
    of_on, of_off = differences(cells(twin=1.1), "latency_s")
    assert of_on.cells == (OPTIMISED, TWIN) and of_on.beyond(0.02) and not of_off.beyond(0.02)

    of_on, of_off = differences(cells(twin_off=1.1), "latency_s")
    assert of_off.cells == (BASELINE, TWIN_OFF) and of_off.beyond(0.02) and not of_on.beyond(0.02)


def test_the_positive_controls_slow_down_is_no_noise():
    (with_it, _), (without, _) = (differences(cells(canary=slower), "latency_s") for slower in (1.05, 1.0))

    assert np.isclose(with_it.low, without.low)


def test_two_rounds_and_missing_cells_have_no_difference():
    assert differences(cells(rounds=2), "latency_s") == []
    assert differences(Pairs.of(samples_of({OPTIMISED: [[1.0]] * 3})), "latency_s") == []
