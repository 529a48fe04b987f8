from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from perflab.analysis.effects.carry_over import (
    carry_over_effect,
    compared,
    evidence_of_rounds,
    is_beyond,
    of_slices,
)
from perflab.analysis.effects.control import control
from perflab.analysis.effects.identical import CONFIDENCE
from tests.perflab.synthetic import Truth, make_samples

TRUTH = Truth(rounds=6, blocks=40)


def with_effect(size):
    samples = make_samples(TRUTH).copy()
    samples.loc[samples["predecessor"] == "all_off", "latency_s"] *= 1 + size
    return samples


def test_a_run_without_one_says_that_none_was_reported():
    effect: Any = carry_over_effect(with_effect(0.0))
    assert effect.low < 1 < effect.high
    assert (effect.reported, effect.practically_significant) == (False, False)
    assert effect.sentence.startswith("No carry-over effect detected (service time right after a slice of all_off")


def test_one_that_is_there_is_found():
    effect: Any = carry_over_effect(with_effect(0.06))
    assert effect.low < 1.06 < effect.high
    assert effect.reported and effect.practically_significant
    assert re.fullmatch(
        r"Carry-over effect: service time right after a slice of all_off is [56]\.\d% higher than right after a slice of all_on "
        r"\(95% interval [45]\.\d to [67]\.\d%\)\.",
        effect.sentence,
    )


def test_one_that_makes_cells_faster_is_given_as_lower():
    assert compared("was", 0.95, 0.93, 0.97) == (
        "service time right after a slice of all_off was 5.0% lower than right after a slice of all_on (95% interval 3.0 to 7.0%)"
    )


def test_beyond_the_margin_it_withholds():
    controls = control(with_effect(0.1))
    assert len(controls.withheld) == 1
    assert "service time right after a slice of all_off was " in controls.withheld[0]


@pytest.mark.parametrize("how", ["no column", "no rows", "all errors", "one round", "one cell"])
def test_where_it_cannot_be_known_it_is_unknown(how):
    samples = make_samples(Truth(rounds=2, blocks=3))
    spoiled = {
        "no column": samples.drop(columns="predecessor"),
        "no rows": samples.iloc[:0],
        "all errors": samples.assign(error="500"),
        "one round": samples[samples["round"] == 1],
        "one cell": samples[samples["cell"] == "twin"],
    }[how]
    effect: Any = carry_over_effect(spoiled)
    assert effect.low is None
    assert (effect.reported, effect.statistically_significant, effect.practically_significant) == (
        False,
        None,
        None,
    )
    assert "unknown" in effect.sentence


def test_times_that_cannot_be_logged_are_left_out():
    samples = with_effect(0.06)
    samples.loc[samples.index[::50], "latency_s"] = np.nan
    samples.loc[samples.index[1::50], "latency_s"] = 0.0
    effect: Any = carry_over_effect(samples)
    assert effect.low > 1


SLICES = 10


def of_rounds(noise: float, size: float, rounds: int, seed: int) -> bool:
    """Whether rounds of slices, whose difference varies by `noise` from round to round, show one beyond 2%."""
    slices = np.random.default_rng([seed, rounds]).normal(0, noise * (SLICES / 2) ** 0.5, (rounds, 2, SLICES))
    slices[:, 0] += np.log1p(size)
    return is_beyond(evidence_of_rounds([of_slices(*sides) for sides in slices]), 0.02, CONFIDENCE)


@pytest.mark.parametrize("rounds", [3, 8])
def test_three_rounds_find_one_of_five_times_the_margin_and_few_have_one_by_chance(rounds):
    assert sum(of_rounds(0.02, 0.1, rounds, seed) for seed in range(200)) >= 170
    assert sum(of_rounds(0.06, 0.0, rounds, seed) for seed in range(200)) <= 6


def test_rounds_that_differ_by_more_than_their_slices_do_count():
    steady = np.linspace(-0.001, 0.001, SLICES)
    apart = [of_slices(steady + level, steady) for level in (0.3, -0.2, 0.1)]
    together = [of_slices(steady + 0.06, steady) for _ in range(3)]

    assert not is_beyond(evidence_of_rounds(apart), 0.02, CONFIDENCE)
    assert is_beyond(evidence_of_rounds(together), 0.02, CONFIDENCE)


def test_a_round_without_slices_on_one_side_takes_no_part():
    some, none = np.array([0.1, 0.2]), np.array([])

    assert evidence_of_rounds([of_slices(some, none), of_slices(none, some)]).rounds == 0
    assert evidence_of_rounds([of_slices(some, none), of_slices(some, some)]).rounds == 1
    single = of_slices(some[:1], some)
    assert single.difference == pytest.approx(-0.05)
    assert single.part.freedom == 0
