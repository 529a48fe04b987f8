"""What single figures say and show, on runs whose truth is known."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import pytest

from perflab.report import lookup
from perflab.report.figures import ALL, cpu
from perflab.report.figures.data import Data
from tests.perflab.synthetic import Truth, make_run, make_samples, weighted_mean

TRUTH = Truth(rounds=5, blocks=12)
NAMES = (
    "attribution", "before_after", "controls", "cpu_by_cell", "cpu_by_endpoint", "distribution", "queries", "service_time",
)  # fmt: skip
attribution, before_after, controls, cpu_by_cell, cpu_by_endpoint, distribution, queries, service_time = (
    ALL[name] for name in NAMES
)


@functools.cache
def good_samples():
    return make_samples(TRUTH)


@pytest.fixture(scope="module")
def data():
    return Data.of(make_run(TRUTH, samples=good_samples()))


def texts(ax):
    return [t.get_text() for t in ax.texts]


def labels(ax):
    return [t.get_text() for t in ax.get_yticklabels()]


def test_queries_are_the_exact_counts_and_the_claim_is_drawn(data):
    table = queries.table(data).set_index("endpoint")

    assert table.loc["jobs of a client", "before"] == 101
    assert table.loc["best applicants of a job", "after"] == 4
    assert table.index[0] == "ALL" and table["before"].iloc[1:].is_monotonic_decreasing
    assert any(t.startswith("101 → ") for t in texts(queries.draw(data)))
    assert "the largest drop is in jobs of a client: 101 to " in queries.headline(data)
    claim = lookup.claim_about(data.summary, "query_count")
    assert claim is not None and claim.before is not None
    assert data.claimed_level("query_count") == pytest.approx(claim.before * 0.05)
    assert "The claim corresponds to a mean of" in queries.subtitle(data)


def test_the_spread_of_times_is_that_of_the_samples_that_the_claim_is_about(data):
    samples = good_samples()
    audited = {k.name for k in TRUTH.kinds if k.audited}
    rows = samples[(samples["phase"] == "measured") & samples["endpoint"].isin(audited) & samples["error"].isna()]
    medians = rows.groupby("cell", observed=True)["latency_s"].median()
    table = distribution.table(data)

    assert table["all_off"].loc[0.5] == pytest.approx(medians["all_off"])
    assert table["all_on"].loc[0.5] == pytest.approx(medians["all_on"])
    target = data.claimed_level("latency_s")
    met = (rows[rows["cell"] == "all_on"]["latency_s"] <= target).mean()
    assert data.distribution.met == pytest.approx(met)
    assert distribution.headline(data).startswith("For audited requests, the median goes from ")
    assert any(t.startswith("claimed: ") for t in texts(distribution.draw(data)))


def test_service_time_is_in_the_fields_and_the_headline(data):
    table = service_time.table(data)
    ax = service_time.draw(data)

    assert len(ax.texts) == table.size
    assert labels(ax)[0] == "ALL requests"
    assert service_time.headline(data).startswith("Service time per request fell by 9")


def test_before_and_after_is_sorted_by_the_change(data):
    table = before_after.table(data)

    assert table["endpoint"].iloc[0] == "ALL"
    assert table["ratio"].iloc[1:].is_monotonic_increasing
    assert "got faster" in before_after.headline(data)


def test_an_endpoint_that_got_slower_is_named():
    samples = good_samples().copy()
    slower = (samples["endpoint"] == "pay") & samples["cell"].isin(["all_on", "twin", "canary"])
    samples.loc[slower, "latency_s"] *= 5

    data = Data.of(make_run(TRUTH, samples=samples))

    assert "1 slower (most: pay, " in before_after.headline(data)


def test_an_interval_that_is_missing_is_stated():
    samples = good_samples().copy()
    data = Data.of(make_run(TRUTH, samples=samples[samples["round"] < 3]))

    assert "no interval" in texts(before_after.draw(data))
    assert before_after.headline(data).startswith("0 of 13 endpoints got faster")


def test_cpu_adds_up_to_what_was_measured(data):
    table = cpu_by_cell.table(data)
    measured = good_samples().query("phase == 'measured' and cell == 'queries'")

    total = sum(weighted_mean(measured, column) for column in ("app_cpu_s", "db_cpu_s", "cache_cpu_s"))
    assert cpu.totals(table)["queries"] == pytest.approx(total)
    assert len(cpu_by_cell.draw(data).patches) == 3 * 8


def test_where_hardly_anything_waits_cpu_is_reported_to_be_nearly_the_service_time(data):
    effects = data.effects("latency_s")
    cpu_effects = [replace(effect, metric="cpu_s") for effect in effects]
    alike = replace(data, summary=replace(data.summary, effects=(*effects, *cpu_effects)))

    assert "nearly equals service time" in cpu_by_cell.subtitle(alike)
    half = [replace(effect, after=effect.after * 0.5) for effect in cpu_effects]
    waiting = replace(data, summary=replace(data.summary, effects=(*effects, *half)))
    assert "nearly equals service time" not in cpu_by_cell.subtitle(waiting)


def test_a_clock_that_was_not_read_is_stated_and_not_drawn_as_zero():
    data = Data.of(make_run(Truth(rounds=3, blocks=3, db_clock=False)))
    sentence = "Not in the bars, because the clock could not be read: database CPU. Unknown is not zero."

    assert "not counting the database, whose clock could not be read" in cpu_by_cell.headline(data)
    for figure in (cpu_by_cell, cpu_by_endpoint):
        ax = figure.draw(data)
        assert ax.figure.get_supxlabel() == sentence
        assert sentence in figure.description(data)
        legend: Any = ax.get_legend()
        assert "database" not in [t.get_text() for t in legend.get_texts()]


def test_cpu_by_endpoint_has_a_pair_of_bars_each(data):
    table = cpu_by_endpoint.table(data)

    assert len(table) == 2 * 14
    assert cpu_by_endpoint.headline(data).startswith("jobs of a client saves the most CPU per request: ")


def test_cpu_that_is_spent_more_is_stated_as_openly():
    samples = good_samples().copy()
    dearer = (samples["endpoint"] == "pay") & (samples["cell"] == "all_on")
    samples.loc[dearer, "app_cpu_s"] *= 5

    assert "; one uses more, pay: " in cpu_by_endpoint.headline(Data.of(make_run(TRUTH, samples=samples)))


def test_attribution_names_each_factors_share(data):
    headline = attribution.headline(data)

    assert "× faster in total; of this, queries " in headline
    assert labels(attribution.draw(data)) == ["queries", "caching", "indexes", "all together"]


def test_a_factor_without_a_certain_share_is_called_that():
    truth = Truth(rounds=5, blocks=12, factors=("indexes", "queries"), effects={}, cell_noise=0.2)

    assert "; no significant effect of indexes" in attribution.headline(Data.of(make_run(truth)))


def test_controls_say_what_the_run_can_detect(data):
    assert controls.headline(data).endswith("the injected slow-down of 5% was detected")
    assert labels(controls.draw(data)) == ["A/A control", "positive control", "calibration request"]


def test_a_run_that_misses_its_positive_control_says_so():
    data = Data.of(make_run(Truth(rounds=3, blocks=3, cell_noise=0.3)))

    assert controls.headline(data).endswith("was not detected")


def test_an_aa_control_that_differs_is_stated():
    samples = good_samples().copy()
    samples.loc[samples["cell"] == "twin", "latency_s"] *= 1.5

    assert "Two identical cells differ by +" in controls.headline(Data.of(make_run(TRUTH, samples=samples)))
