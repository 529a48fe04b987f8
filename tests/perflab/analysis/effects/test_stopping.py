from __future__ import annotations

from math import exp, log1p

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.stopping import (
    ADDITIONAL_ROUNDS,
    AFTER_A_STOP,
    CONFIDENCE,
    MIN_ROUNDS_TO_STOP,
    FixedWidth,
    confidence_of,
    half_width,
    log_ratios,
)
from perflab.analysis.stats.pairs import Pairs
from perflab.run.scenario import endpoint_weights
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import Truth, make_samples, scenario


def test_its_figures_are_those_of_the_comparison():
    pairs = Pairs.of(make_samples(Truth(rounds=4, blocks=12)), weights=endpoint_weights(scenario()))
    row = compare(pairs, "latency_s", "all_off", "all_on").iloc[0]
    per_round = log_ratios(pairs, "latency_s")
    assert exp(per_round.mean()) == pytest.approx(row["ratio"], rel=0.01)
    assert per_round.std(ddof=1) / len(per_round) ** 0.5 == pytest.approx(row["standard_error"])
    assert half_width(per_round) == pytest.approx(np.log(row["high"] / row["low"]) / 2, rel=0.1)


def test_the_rule_looks_at_the_ratio_that_the_scenario_weights():
    """What one endpoint does that comes often, and that the scenario says comes seldom, does not make a run longer."""
    rng = np.random.default_rng(3)
    loud = np.exp(rng.normal(0, 0.5, 7))
    rows = [
        {"round": number, "step": step, "cell": cell, "phase": "measured", "error": None,
         "endpoint": "loud" if step % 2 else "calm",
         "latency_s": float(loud[number]) if step % 2 and cell == "all_on" else base}
        for number in range(1, 7) for step in range(40) for cell, base in (("all_off", 2.0), ("all_on", 1.0))
    ]  # fmt: skip
    samples = pd.DataFrame(rows)

    def ends(weights):
        rule = FixedWidth("latency_s", 0.02, weights=weights)
        return next((n for n in range(1, 7) if rule.is_met(samples[samples["round"] <= n])), None)

    assert ends({"loud": 1, "calm": 10_000}) == MIN_ROUNDS_TO_STOP + ADDITIONAL_ROUNDS
    assert ends(None) is None and ends({"loud": 1, "calm": 1}) is None


def stops_after(per_round, within):
    rule = FixedWidth("latency_s", within)
    return next((n for n in range(1, len(per_round) + 1) if rule.is_met_by(np.array(per_round[:n]))), None)


def test_one_round_more_than_narrow_enough():
    assert stops_after([0.5, 0.5001] * 6, 0.01) == MIN_ROUNDS_TO_STOP + ADDITIONAL_ROUNDS
    assert stops_after([0.5, 0.9] * 6, 0.01) is None


def reach(rounds):
    return half_width(np.array(rounds), AFTER_A_STOP)


def test_it_goes_on_until_the_interval_is_narrow():
    rounds = list(np.random.default_rng(1).normal(0, 0.03, 40))
    stop = stops_after(rounds, 0.02)
    narrow = stop - ADDITIONAL_ROUNDS
    assert reach(rounds[:narrow]) <= log1p(0.02) < reach(rounds[: narrow - 1])


def test_the_estimate_does_not_decide():
    """The same spread about a large gain or about none stops at the same round."""
    rounds = np.random.default_rng(2).normal(0, 0.02, 30)
    assert stops_after(list(rounds), 0.02) == stops_after(list(rounds - 3), 0.02)


@pytest.mark.parametrize(
    "samples",
    [samples_of({}), samples_of({"all_on": flat(1, 9)}), samples_of({"all_off": flat(0, 9), "all_on": flat(1, 9)})],
)
def test_without_a_ratio_it_is_never_enough(samples):
    assert not FixedWidth("latency_s", 0.5).is_met(samples)


def test_more_rounds_to_look_at_need_more_confidence():
    def confidence(rounds, **profile):
        scenario = {"profiles": {"p": {"rounds": rounds, **profile}}}
        return confidence_of({"scenario": scenario, "parameters": {"profile": "p"}})

    assert [confidence(rounds, decide=True) for rounds in (4, 8, 9, 20, 40, 41)] == [
        0.982,
        0.982,
        0.989,
        0.992,
        0.995,
        0.998,
    ]
    assert confidence(8) == confidence(8, decide=False) == confidence_of({}) == CONFIDENCE
    assert confidence_of({"stopped_after": 5}) == AFTER_A_STOP
