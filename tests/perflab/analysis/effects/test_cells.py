from __future__ import annotations

import math

import pytest

from perflab.analysis.effects.cells import cell_means
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import Truth, make_samples


def test_means_are_those_of_the_samples():
    samples = make_samples(Truth(rounds=2, blocks=3))

    means = cell_means(samples, ["latency_s"]).set_index(["endpoint", "cell"])["mean"]

    measured = samples[(samples["phase"] == "measured") & (samples["cell"] != "reference")]
    expected = measured.groupby(["endpoint", "cell"])["latency_s"].mean()
    assert means[list(expected.index)].tolist() == pytest.approx(expected.tolist())
    assert means["ALL", "queries"] == pytest.approx(measured[measured["cell"] == "queries"]["latency_s"].mean())


def test_errors_do_not_count():
    table = samples_of({"a": [[1, 9]]}, endpoint="jobs", error=[None, "500"])

    row = cell_means(table, ["latency_s"]).set_index("endpoint").loc["jobs"]

    assert (row["mean"], row["n"]) == (1, 1)


def test_what_is_unknown_is_nan_with_no_n():
    row = cell_means(samples_of({"a": flat(math.nan)}, endpoint="jobs"), ["latency_s"]).iloc[0]

    assert math.isnan(row["mean"])
    assert row["n"] == 0


def test_no_samples():
    means = cell_means(samples_of({}, endpoint="jobs"))

    assert means.empty
    assert list(means.columns) == ["endpoint", "cell", "metric", "mean", "n"]
