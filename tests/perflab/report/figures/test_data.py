from __future__ import annotations

import json

import pandas as pd
import pytest

from perflab.analysis import summarise
from perflab.report.figures.data import Data
from tests.perflab.synthetic import KINDS, Truth, make_run, make_samples

SMALL = Truth(rounds=3, blocks=3)


@pytest.fixture(scope="module")
def run():
    return make_run(SMALL)


def test_cells_go_from_all_off_to_all_on(run):
    assert Data.of(run).order == (
        "all_off", "indexes", "queries", "caching", "indexes+queries", "indexes+caching", "queries+caching", "all_on",
    )  # fmt: skip


def test_a_summary_alone_has_the_same_cells(run):
    saved = json.loads(json.dumps(summarise(run)))

    of_run, of_summary = Data.of(run), Data.of(saved)

    assert of_summary.order == of_run.order
    assert of_summary.factors == of_run.factors
    pd.testing.assert_frame_equal(of_summary.by_cell("latency_s"), of_run.by_cell("latency_s"), check_names=False)


def test_endpoints_are_ranked_below_all(run):
    table = Data.of(run).by_cell("latency_s")

    assert table.index[0] == "ALL"
    assert table["all_off"].iloc[1:].is_monotonic_decreasing


def test_a_metric_that_is_not_there_is_an_empty_table(run):
    assert Data.of(run).by_cell("nothing").empty


def test_writes_are_marked_and_long_names_cut(run):
    data = Data.of(run)

    assert data.writes == {k.name for k in KINDS if not k.audited}
    assert data.label("pay") == "pay (write)"
    assert data.label("applications of the caller") == "applications of the caller"
    assert data.label("x" * 60).endswith("x…")
    assert data.label("ALL") == "ALL requests"


def test_effects_without_a_pair_are_left_out():
    samples = make_samples(SMALL)
    data = Data.of(make_run(SMALL, samples=samples[samples["cell"] != "all_on"]))

    assert data.effects("latency_s") == []
    assert data.effect("latency_s") is None
    assert data.effect("latency_s", contrast="queries from baseline") is not None
