from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perflab.analysis.effects.attribution import attribution, interactions, with_intervals_of
from perflab.run.records import Estimate
from tests.perflab import summaries
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import FACTORS, Truth, make_samples


def test_two_factors_by_hand():
    # a halves; b quarters, but once a is on it only halves.
    table = samples_of({"all_off": flat(16), "a": flat(8), "b": flat(4), "all_on": flat(4)})

    rows: Any = {r.factor: r for r in attribution(table, ["a", "b"], ["latency_s"])}

    assert rows["a"].from_baseline.estimate == pytest.approx(1 / 2)
    assert rows["a"].leave_one_out.estimate == pytest.approx(1)
    assert rows["a"].shapley.estimate == pytest.approx(math.sqrt(1 / 2))
    assert rows["b"].shapley.estimate == pytest.approx(math.sqrt(1 / 4 * 1 / 2))
    assert rows["a"].whole.estimate == pytest.approx(1 / 4)
    assert (rows["a"].shapley_share, rows["b"].shapley_share) == pytest.approx((0.25, 0.75))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.floats(0.01, 100), min_size=8, max_size=8), min_size=3, max_size=5))
def test_shares_multiply_to_the_whole(rounds):
    cells = ["all_off", "z", "y", "y+z", "x", "x+z", "x+y", "all_on"]
    table = samples_of({cell: [[r[i]] for r in rounds] for i, cell in enumerate(cells)})

    rows: Any = attribution(table, ["x", "y", "z"], ["latency_s"])

    assert np.prod([r.shapley.estimate for r in rows]) == pytest.approx(rows[0].whole.estimate)


def test_a_zero_makes_parts_add_up():
    table = samples_of({"all_off": flat(8), "a": flat(6), "b": flat(0), "all_on": flat(0)}, metric="query_count")

    rows: Any = attribution(table, ["a", "b"], ["query_count"])

    assert {r.scale for r in rows} == {"linear"}
    assert sum(r.shapley.estimate for r in rows) == pytest.approx(-8)
    assert [r.shapley.estimate for r in rows] == pytest.approx([-1, -7])


def test_a_run_has_a_row_per_metric_and_factor():
    rows: Any = attribution(make_samples(Truth(rounds=3, blocks=3)), FACTORS)

    assert [(r.metric, r.factor) for r in rows] == [
        (m, f) for m in ("latency_s", "app_cpu_s", "db_cpu_s", "cache_cpu_s", "query_count") for f in FACTORS
    ]
    assert all(r.shapley.low <= r.shapley.estimate <= r.shapley.high for r in rows)


def test_below_three_rounds_intervals_are_null():
    table = samples_of({"all_off": flat(2, 2), "all_on": flat(1, 2)})

    row: Any
    (row,) = attribution(table, ["a"], ["latency_s"])

    assert (row.whole.low, row.whole.high) == (None, None)
    assert row.whole.estimate == pytest.approx(0.5)


@pytest.mark.parametrize(
    "table",
    [
        samples_of({}),
        samples_of({"all_off": flat(2), "a": flat(1), "all_on": flat(1)}),
        samples_of({c: flat(1) for c in ("all_off", "a", "b", "all_on")}, error="500"),
    ],
    ids=["no samples", "a missing cell", "all errors"],
)
def test_where_something_is_missing_nothing_is_attributed(table):
    assert attribution(table, ["a", "b"]) == []


def test_what_two_factors_do_together_beyond_their_parts():
    # a halves, b quarters; together they only quarter: half of what they do is the same.
    table = samples_of({"all_off": flat(16), "a": flat(8), "b": flat(4), "all_on": flat(4)})

    row: Any
    (row,) = interactions(table, ["a", "b"], ["latency_s"])

    assert (row.kind, row.factor, row.scale) == ("interaction", "a x b", "log")
    assert row.together.estimate == pytest.approx(2)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=8, max_size=8))
def test_factors_alone_and_all_interactions_multiply_to_the_whole(levels):
    cells = ["all_off", "z", "y", "y+z", "x", "x+z", "x+y", "all_on"]
    table = samples_of({cell: flat(level) for cell, level in zip(cells, levels, strict=True)})
    factors = ["x", "y", "z"]

    singles: Any = attribution(table, factors, ["latency_s"])
    sets: Any = interactions(table, factors, ["latency_s"])
    parts = [*(row.from_baseline.estimate for row in singles), *(row.together.estimate for row in sets)]

    assert len(parts) == 3 + 4
    assert np.prod(parts) == pytest.approx(levels[-1] / levels[0])


def test_what_is_an_effect_of_two_cells_has_the_interval_of_that_effect():
    parts = {
        name: {"estimate": 0.5, "low": 0.45, "high": 0.55}
        for name in ("from_baseline", "leave_one_out", "shapley", "whole")
    }
    factor, linear = summaries.attribution(**parts), summaries.attribution(**parts, scale="linear")
    together = summaries.attribution(kind="interaction", factor="a x b", together=parts["whole"])
    cpu = summaries.attribution(**parts, metric="cpu_s")
    interval = {"before": 2.0, "after": 1.0, "ratio": 0.5, "low": 0.4, "high": 0.6, "scale": "log", "n": 50}
    effects = [
        summaries.effect(**interval, contrast="caching leave-one-out"),
        summaries.effect(**interval),
        summaries.effect(**interval, contrast="caching from baseline", endpoint="job"),
        summaries.effect(contrast="caching from baseline"),
        summaries.effect(
            **{**interval, "n": 51}, contrast="caching from baseline"
        ),  # one was not answered in every cell
    ]

    row, *others = with_intervals_of([factor, linear, together, cpu], effects)

    wide, narrow = Estimate(0.5, 0.4, 0.6), Estimate(0.5, 0.45, 0.55)
    assert (row.leave_one_out, row.whole, row.shapley, row.from_baseline) == (wide, wide, narrow, narrow)
    assert others == [linear, together, cpu]
