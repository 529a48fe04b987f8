from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.effects.mix import equal_weights, groups, mixed_effects
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import Contrast
from tests.perflab.analysis.tables import samples_of
from tests.perflab.synthetic import Truth, make_samples, make_trace, scenario

CONTRAST = Contrast("all_off", "all_on", "whole")
TRUTH = Truth(rounds=3, blocks=4)


def two_endpoints():
    """`often` is halved and asked for three times, `rare` is not changed and asked for once."""
    table = samples_of({"all_off": [[10, 10, 10, 10]] * 3, "all_on": [[5, 5, 5, 10]] * 3})
    return table.assign(endpoint=np.where(table["step"] == 3, "rare", "often"))


def alike(table):
    pairs = Pairs.of(table)
    return equal_weights(pairs, pairs.values("latency_s"), pairs.groups(("endpoint",)), CONTRAST, "latency_s")


def test_every_endpoint_counts_alike():
    row = alike(two_endpoints())
    assert row["ratio"] == pytest.approx(np.sqrt(0.5))
    assert (row["endpoint"], row["n"], row["rounds"], row["left_out"], row["note"]) == ("GEOMEAN", 2, 3, 0, None)


def test_an_endpoint_that_a_round_lacks_is_left_out_and_stated():
    table = two_endpoints()
    table = table[~((table["round"] == 2) & (table["endpoint"] == "rare"))]
    row = alike(table)
    assert (row["ratio"], row["n"], row["left_out"]) == (pytest.approx(0.5), 1, 1)
    assert row["note"].startswith("1 endpoints were not requested in every round")


@pytest.mark.parametrize("table", [samples_of({}), samples_of({"all_off": [[1.0]] * 3})])
def test_without_both_cells_there_is_no_such_figure(table):
    assert alike(table.assign(endpoint="a")) is None


def test_reads_and_writes_hits_and_misses():
    samples = make_samples(TRUTH)
    pairs = Pairs.of(samples)
    parts = groups(pairs, scenario(TRUTH))
    endpoints = pairs.of_steps("endpoint")
    assert set(endpoints[parts["WRITES"]]) <= {"post a job", "pay", "leave a review"}
    assert (parts["READS"] ^ parts["WRITES"]).all()
    assert not (parts["HITS"] & parts["MISSES"]).any()
    steps = pd.DataFrame({"round": pairs.of_steps("round"), "step": pairs.of_steps("step")})
    on = samples[samples["cell"] == "all_on"].set_index(["round", "step"])
    hits = on.loc[list(map(tuple, steps[parts["HITS"]].to_numpy()))]
    assert (hits["cache_hits"] > 0).all() and (hits["cache_misses"] == 0).all()


def test_the_first_minute_is_cold():
    trace = make_trace(TRUTH).assign(at_s=lambda t: t["step"] * 1.0)
    parts = groups(Pairs.of(make_samples(TRUTH)), {}, trace)
    assert parts["COLD"].sum() == 3 * (60 - 20), "one step a second, the first 20 are the warm-up"
    assert (parts["COLD"] ^ parts["WARM"]).all()


def test_each_part_is_compared_by_itself():
    rows: Any = mixed_effects(make_samples(TRUTH), scenario(TRUTH), [CONTRAST], make_trace(TRUTH)).set_index(
        ["endpoint", "metric"]
    )
    assert rows.loc[("HITS", "query_count"), "after"] == 0
    assert rows.loc[("MISSES", "latency_s"), "n"] > 0
    assert set(rows.loc[rows["n"] > 0, "family"]) == {1}
    assert rows.loc[("WARM", "latency_s"), "n"] == 0
    assert rows.loc[("WARM", "latency_s"), "note"]


def test_no_samples_have_no_parts():
    assert mixed_effects(make_samples(TRUTH).iloc[:0], {}, [CONTRAST]).empty
