"""Planning: the least number of rounds, the bound of a pilot's noise, and times."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from perflab.analysis.effects import planning
from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.planning import Noise, Pilot, Times
from perflab.analysis.effects.stopping import log_ratios
from perflab.analysis.stats.intervals import errors_to_detect
from perflab.analysis.stats.pairs import Pairs
from perflab.errors import InputError
from perflab.run.cells import BASELINE, OPTIMISED, TWIN
from perflab.run.scenario import endpoint_weights
from tests.perflab.synthetic import Truth, make_samples, scenario

PHASES = [
    {"name": "wait for other replays", "seconds": 1000.0},
    {"name": "seed", "seconds": 7.0},
    {"name": "start servers", "seconds": 1.0},
    {"name": "clone databases", "seconds": 6.0},
    {"name": "start workers", "seconds": 12.0},
    {"name": "replay", "seconds": 30.0},
    {"name": "save", "seconds": 0.3},
    {"name": "end round", "seconds": 0.6},
    {"name": "forget caches", "seconds": 0.3},
    {"name": "look at precision", "seconds": 0.3},
    {"name": "stop servers", "seconds": 2.0},
]


def pilot(deviation: float = 0.01, rounds: int = 5, times: Times | None = None, round_s: float | None = 8.0) -> Pilot:
    return Pilot(Noise(deviation, rounds), Noise(3 * deviation, rounds), times, round_s)


def searched(deviation: float, change: float, power: float, pilot: int | None = None) -> int:
    """The definition, tried one n after the other."""
    n = 3
    while errors_to_detect(n, pilot, 0.95, power) * deviation / math.sqrt(n) > change:
        n += 1
    return n


# -- rounds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deviation", [0.001, 0.004, 0.01])
@pytest.mark.parametrize("detect", [0.005, 0.01, 0.02, 0.3])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_rounds_are_those_of_a_direct_search(deviation: float, detect: float, power: float) -> None:
    change = math.log1p(detect)
    assert planning.rounds_needed(deviation, change, power) == searched(deviation, change, power)


def test_many_rounds_are_those_of_the_normal_distribution() -> None:
    wanted = ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * 0.1 / 0.001) ** 2
    assert planning.rounds_needed(0.1, 0.001, 0.8) == pytest.approx(wanted, rel=1e-3)


def test_never_less_than_three_rounds() -> None:
    assert planning.rounds_needed(0.0, 0.02) == 3
    assert planning.rounds_needed(1e-9, 0.02) == 3


def test_what_so_many_rounds_are_blind_to_is_what_they_are_needed_for() -> None:
    blind = planning.minimum_detectable_effect(0.01, 7)
    assert blind is not None
    assert planning.rounds_needed(0.01, math.log1p(blind * 1.001)) == 7
    assert planning.rounds_needed(0.01, math.log1p(blind * 0.999)) == 8
    assert planning.minimum_detectable_effect(0.01, 2) is None


def test_the_minimum_detectable_effect_is_that_of_the_page() -> None:
    samples = make_samples(Truth(rounds=6, blocks=12))
    pairs = Pairs.of(samples, weights=endpoint_weights(scenario()))
    on_page = float(compare(pairs, "latency_s", OPTIMISED, TWIN)["mde"].iloc[0])
    planned = planning.plan(Pilot.of(pairs, [], 8.0), 6, 8.0, 0.02)
    assert planned.mde == pytest.approx(on_page, rel=0.05), "but for what the page allows for single requests"
    assert planned.mde == planning.minimum_detectable_effect(planned.pilot.twin.deviation, 6, pilot=6)


@pytest.mark.parametrize("rounds", [3, 5, 10])
def test_plans_from_short_pilots_find_the_change_in_four_of_five_runs(rounds: int) -> None:
    """Each run has a plan of its own, from a pilot's estimate of its noise."""
    rng, change, deviation, found = np.random.default_rng(rounds), 0.02, 0.01, []
    for _ in range(2_000):
        told = float(rng.normal(0, deviation, rounds).std(ddof=1))
        drawn = rng.normal(change, deviation, planning.rounds_needed(told, change, pilot=rounds))
        found.append(float(stats.ttest_1samp(drawn, 0).pvalue) < 0.05)
    assert np.mean(found) >= 0.77


def test_as_many_rounds_as_planned_see_the_change_as_often_as_requested() -> None:
    change, deviation, power = 0.02, 0.03, 0.8
    rounds = planning.rounds_needed(deviation, change, power)
    drawn = np.random.default_rng(1).normal(change, deviation, (20_000, rounds))
    seen = np.asarray(stats.ttest_1samp(drawn, 0, axis=1).pvalue) < 0.05
    assert seen.mean() == pytest.approx(power, abs=0.02)


# -- noise ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [3, 5, 10])
def test_the_upper_bound_lies_above_the_truth_in_four_pilots_of_five(rounds: int) -> None:
    drawn = np.random.default_rng(rounds).normal(0, 1, (20_000, rounds)).std(axis=1, ddof=1)
    above = drawn * Noise(1.0, rounds).upper > 1
    assert above.mean() == pytest.approx(0.8, abs=0.015)


def test_noise_is_the_spread_of_the_log_ratios_of_a_rounds_means() -> None:
    samples = make_samples(Truth(rounds=4, blocks=3))
    measured = samples[(samples["phase"] == "measured") & samples["cell"].isin([OPTIMISED, TWIN])]
    means = measured.groupby(["round", "cell"])["latency_s"].mean().unstack()
    wanted = np.log(means[TWIN].astype(float) / means[OPTIMISED].astype(float)).std(ddof=1)
    deviation = planning.noise(samples, OPTIMISED, TWIN)
    assert deviation.deviation == pytest.approx(wanted, rel=0.1)
    assert deviation.rounds == 4
    assert planning.noise(samples, BASELINE, OPTIMISED).deviation == pytest.approx(
        log_ratios(samples, "latency_s").std(ddof=1)
    )


def test_two_rounds_are_no_pilot() -> None:
    samples = make_samples(Truth(rounds=2, blocks=2))
    with pytest.raises(InputError, match="needs 3 rounds that contain both all_on and twin, but this one has 2; "):
        Pilot.of(samples, PHASES, 8.0)


def test_a_run_without_an_aa_control_is_no_pilot() -> None:
    samples = make_samples(Truth(rounds=3, blocks=2))
    with pytest.raises(InputError, match="this one has 0"):
        Pilot.of(samples[samples["cell"] != TWIN], PHASES, 8.0)


# -- times ---------------------------------------------------------------------------------------------------------


def test_phases_of_rounds_are_distinguished_from_those_of_the_run() -> None:
    times = Times.of(PHASES, rounds=3)
    assert times is not None
    assert times.replay_s == pytest.approx(10.0)
    assert times.around_s == pytest.approx(6.5)
    assert times.once_s == pytest.approx(10.0), "and waiting for others is no part of a run"
    assert times.of_rounds(10) == pytest.approx(10 + 10 * 16.5)


def test_without_phases_the_time_is_unknown() -> None:
    assert Times.of([], rounds=3) is None
    planned = planning.plan(pilot(times=None), 8, 8.0, 0.02)
    assert planned.needed.seconds is None
    assert planned.as_it_is.seconds is None


# -- plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_of_rounds_like_the_pilots_takes_its_noise_and_times_as_they_are() -> None:
    times = Times(once_s=10, around_s=2, replay_s=7)
    planned = planning.plan(pilot(0.01, 5, times, 8.0), 8, 8.0, 0.02)
    assert planned.scaling == 1
    assert planned.needed.rounds == searched(0.01, math.log1p(0.02), 0.8, 5)
    assert planned.needed.seconds == pytest.approx(10 + planned.needed.rounds * 9)
    assert planned.needed_at_bound.rounds == searched(Noise(0.01, 5).upper, math.log1p(0.02), 0.8)
    assert (planned.as_it_is.rounds, planned.as_it_is.seconds) == (8, 82)
    assert planned.mde == planning.minimum_detectable_effect(0.01, 8, pilot=5)
    assert planned.mde_at_bound == planning.minimum_detectable_effect(Noise(0.01, 5).upper, 8)


def test_longer_rounds_are_taken_to_be_less_noisy() -> None:
    times = Times(once_s=10, around_s=2, replay_s=7)
    planned = planning.plan(pilot(0.02, 5, times, 8.0), 8, 32.0, 0.02)
    assert planned.scaling == 0.5
    assert planned.needed.rounds == searched(0.01, math.log1p(0.02), 0.8, 5)
    assert planned.as_it_is.seconds == pytest.approx(10 + 8 * (2 + 32))
    assert planned.pilot.twin.deviation == 0.02, "the pilot's own stays as it was measured"


def test_without_noise_three_rounds_are_enough() -> None:
    planned = planning.plan(pilot(0.0), 8, 8.0, 0.02)
    assert (planned.needed.rounds, planned.needed_at_bound.rounds) == (3, 3)
    assert planned.mde == 0


def test_a_pilot_with_one_cell_fewer_had_more_requests_in_the_same_time() -> None:
    samples = make_samples(Truth(rounds=3, blocks=2))
    now = planning.Pilot.of(samples, [], 8.0)
    before = planning.Pilot.of(samples[samples["cell"] != "twin_off"].reset_index(drop=True), [], 8.0)
    times = samples[(samples["phase"] == "measured") & ~samples["cell"].isin(["twin_off", "reference"])]
    of_baseline = times.loc[times["cell"] == "all_off", "latency_s"].sum() / times["latency_s"].sum()
    assert now.stretch == 1 and before.stretch == pytest.approx(1 + of_baseline)
    assert planning.plan(before, 8, 8.0, 0.02).scaling == pytest.approx(math.sqrt(1 + of_baseline))
