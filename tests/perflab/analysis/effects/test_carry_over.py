from __future__ import annotations

import numpy as np
import pytest

from perflab.analysis.effects.carry_over import carry_over_effect
from perflab.analysis.effects.control import control
from tests.perflab.synthetic import Truth, make_samples

TRUTH = Truth(rounds=6, blocks=40)


def with_effect(size):
    samples = make_samples(TRUTH).copy()
    samples.loc[samples["predecessor"] == "all_off", "latency_s"] *= 1 + size
    return samples


def test_a_run_without_one_says_that_none_was_told():
    found = carry_over_effect(with_effect(0.0))
    assert found["low"] < 1 < found["high"]
    assert (found["reported"], found["practically_significant"]) == (False, False)
    assert found["sentence"].startswith("No carry-over effect detected")


def test_one_that_is_there_is_found():
    found = carry_over_effect(with_effect(0.06))
    assert found["low"] < 1.06 < found["high"]
    assert found["reported"] and found["practically_significant"]
    assert "Carry-over effect: cells took" in found["sentence"]


def test_beyond_the_margin_it_withholds():
    found = control(with_effect(0.1))
    assert len(found["withheld"]) == 1
    assert "after all_off compared with after all_on" in found["withheld"][0]


@pytest.mark.parametrize("how", ["no column", "no rows", "all errors", "one round", "one cell"])
def test_where_it_cannot_be_told_it_is_unknown(how):
    samples = make_samples(Truth(rounds=2, blocks=3))
    spoiled = {
        "no column": samples.drop(columns="predecessor"),
        "no rows": samples.iloc[:0],
        "all errors": samples.assign(error="500"),
        "one round": samples[samples["round"] == 1],
        "one cell": samples[samples["cell"] == "twin"],
    }[how]
    found = carry_over_effect(spoiled)
    assert found["low"] is None
    assert (found["reported"], found["statistically_significant"], found["practically_significant"]) == (
        False,
        None,
        None,
    )
    assert "unknown" in found["sentence"]


def test_times_that_cannot_be_logged_are_left_out():
    samples = with_effect(0.06)
    samples.loc[samples.index[::50], "latency_s"] = np.nan
    samples.loc[samples.index[1::50], "latency_s"] = 0.0
    assert carry_over_effect(samples)["low"] > 1
