"""When a duel may stop because its times are known well enough, whatever they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from perflab.analysis.deciding.times import PreciseTimes, is_narrow
from perflab.analysis.effects.stopping import ADDITIONAL_ROUNDS, MIN_ROUNDS_TO_STOP
from perflab.analysis.stats.pairs import Pairs
from tests.perflab.synthetic import Truth, make_samples, make_trace

QUIET = Truth(
    factors=("change",), rounds=10, hit_share=0.0, effects={}, round_noise=0.0, cell_noise=0.001, request_noise=0.02
)
WEIGHTS = {kind.name: kind.weight for kind in QUIET.kinds}


def pairs(truth: Truth, rounds: int, slower: float = 1.0, weights: dict[str, float] | None = None) -> Pairs:
    samples = make_samples(truth, make_trace(truth))
    samples.loc[samples["cell"] == "all_on", ["latency_s", "app_cpu_s", "db_cpu_s"]] *= slower
    return Pairs.of(samples[samples["round"] <= rounds], weights=weights or WEIGHTS)


def stops_after(truth: Truth, slower: float = 1.0) -> int | None:
    rule = PreciseTimes(0.02)
    return next((n for n in range(1, truth.rounds + 1) if rule.is_met(pairs(truth, n, slower))), None)


def test_it_stops_a_round_after_times_are_known_and_not_before_the_fourth() -> None:
    assert stops_after(QUIET) == MIN_ROUNDS_TO_STOP + ADDITIONAL_ROUNDS


def test_what_the_change_is_does_not_matter() -> None:
    assert stops_after(QUIET, slower=1.3) == stops_after(QUIET)


def test_noise_of_any_measure_keeps_it_going() -> None:
    assert stops_after(replace(QUIET, cell_noise=0.05)) is None
    samples = make_samples(QUIET, make_trace(QUIET))
    noise = np.random.default_rng(1).normal(1, 0.05, 10)
    side = samples["cell"] == "all_on"
    samples.loc[side, "app_cpu_s"] *= noise[samples.loc[side, "round"].to_numpy(int) - 1]
    assert not is_narrow(Pairs.of(samples, weights=WEIGHTS), 0.02), "the CPU time alone"


def test_an_endpoint_counts_by_its_share_of_the_traffic() -> None:
    samples = make_samples(QUIET, make_trace(QUIET))
    rare = QUIET.kinds[0].name
    noise = np.random.default_rng(1).normal(1, 0.2, 10)
    side = (samples["cell"] == "all_on") & (samples["endpoint"] == rare)
    samples.loc[side, "latency_s"] *= noise[samples.loc[side, "round"].to_numpy(int) - 1]
    others = {name: 1.0 for name in WEIGHTS if name != rare}
    assert not is_narrow(Pairs.of(samples, weights={**others, rare: 1.0}), 0.05)
    assert is_narrow(Pairs.of(samples, weights={**others, rare: 0.001}), 0.05)
