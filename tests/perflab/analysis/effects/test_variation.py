"""Where the variation between rounds comes from, of data whose sources are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.effects.variation import Variation, variation
from perflab.analysis.stats.pairs import Pairs

CELLS = {"all_off": 1.0, "twin_off": 1.0, "all_on": 0.5, "twin": 0.5}


def samples(
    traffic: float, processes: float, machine: float, rounds: int = 200, blocks: int = 10, seed: int = 1
) -> Pairs:
    """Rounds whose gain differs by `traffic`, processes by `processes`, blocks of a cell by `machine` (logarithms)."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(rounds):
        gain = traffic * rng.standard_normal()
        for cell, level in CELLS.items():
            own = processes * rng.standard_normal() + (gain if level < 1 else 0.0)
            for block in range(blocks):
                latency = level * float(np.exp(own + machine * rng.standard_normal()))
                rows.append((number, block, cell, "measured", "a", block, latency))
    names = ["round", "step", "cell", "phase", "endpoint", "block", "latency_s"]
    return Pairs.of(pd.DataFrame(rows, columns=names))


@pytest.mark.parametrize(
    ("traffic", "processes", "machine"), [(0.1, 0.0, 0.03), (0.0, 0.02, 0.001), (0.02, 0.02, 0.05), (0.0, 0.0, 0.05)]
)
def test_each_source_has_its_share_of_the_variance(traffic: float, processes: float, machine: float) -> None:
    parts = np.array([traffic**2, 2 * processes**2, 2 * machine**2 / 10])
    result = variation(samples(traffic, processes, machine), "latency_s")
    assert result.deviation == pytest.approx(parts.sum() ** 0.5, rel=0.15)
    shares = np.array([result.traffic, result.processes, result.machine], dtype=float)
    assert shares == pytest.approx(parts / parts.sum(), abs=0.15)
    assert shares.sum() == pytest.approx(1)


def test_it_is_told_in_a_sentence() -> None:
    result = variation(samples(0.1, 0.0, 0.001), "latency_s")
    assert str(result.sentence).endswith(
        "100% of that variance is traffic, since rounds make different requests, 0% the machine and 0% the processes."
    )
    assert result.as_dict()["sentence"] == result.sentence


def test_few_rounds_or_a_run_without_a_control_tell_nothing() -> None:
    assert variation(samples(0.1, 0.0, 0.01, rounds=3), "latency_s") == Variation()
    rows = samples(0.1, 0.0, 0.01, rounds=8).samples
    assert isinstance(rows, pd.DataFrame)
    assert variation(Pairs.of(rows[rows["cell"] != "twin_off"]), "latency_s") == Variation()
