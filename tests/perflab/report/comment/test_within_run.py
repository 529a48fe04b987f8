"""What changed within a run whose factor is two revisions: each planted change is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.report import build
from perflab.report.comment.changes import Changes
from perflab.report.comment.sentence import sentence
from perflab.report.comment.within_run import Comparison, _line_of_queries, changes_within, code_factor
from perflab.run.cells import CANARY, OPTIMISED, TWIN
from perflab.run.store import Run
from tests.perflab.report.comment.made_up import FACTOR, TRUTH, in_memory
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import Kind, Truth, make_run, make_samples, scenario

NEW = (OPTIMISED, TWIN, CANARY)


def of_run(run: Run) -> Changes:
    return changes_within(run, build(run))


def in_new(samples: pd.DataFrame, endpoint: str = "list") -> Any:
    """The requests of an endpoint that the new revision answered."""
    return (samples["cell"].isin(NEW) & (samples["endpoint"] == endpoint)).to_numpy(bool)


def test_the_same_code_twice_changed_nothing() -> None:
    made = of_run(in_memory())
    assert (made.subject, made.before, made.after) == ("pull request", "main", "feature/fast")
    assert (made.responses, made.query_counts, made.time.pace, made.rows) == (0, 0, "same", ())
    assert not made.changed
    text = sentence(made)
    assert text.startswith("This pull request changed 0 responses, 0 query counts, and no time (±")
    assert any("responses were compared" in note for note in made.notes)


def test_responses_queries_and_errors_are_counted_and_named() -> None:
    samples = make_samples(TRUTH)
    changed, fewer, only_one = in_new(samples), in_new(samples, "detail"), in_new(samples, "save")
    samples.loc[changed, "response_digest"] = "another"
    samples.loc[changed, "query_count"] += 1
    samples.loc[fewer, "query_count"] -= 1
    samples.loc[only_one & (samples["cell"] == OPTIMISED).to_numpy(bool), "query_count"] += 5  # not in its A/A control
    samples.loc[only_one & (samples["round"] == 1).to_numpy(bool), "error"] = "ValueError: no"
    made = of_run(in_memory(samples))

    assert made.responses == int((samples.loc[changed, "cell"] == OPTIMISED).sum()) and made.changed
    assert made.query_counts == 2
    assert [(row.what, row.verdict) for row in made.rows] == [
        ("errors", "worse"), ("list", "worse"), ("list", "worse"), ("detail", "better"),
    ]  # fmt: skip
    errors, responses, more, less = (row.sentence for row in made.rows)
    assert errors.endswith(", and 0 before.") and f"{made.responses:,} of " in responses
    assert more.startswith("3 → 4 queries in a request: more in ") and less.startswith(
        "2 → 1 queries in a request: fewer in "
    )


@pytest.mark.parametrize(("factor", "pace", "verdict"), [(1.3, "slower", "worse"), (0.7, "faster", "better")])
def test_time_is_judged(factor: float, pace: str, verdict: str) -> None:
    truth = Truth(**{**vars(TRUTH), "effects": {"change": factor}})
    made = of_run(in_memory(truth=truth))
    assert made.time.pace == pace
    assert {row.verdict for row in made.rows} == {verdict}
    assert made.rows[0].what == "All requests"
    assert f"time by {'+' if factor > 1 else '−'}" in sentence(made)


def test_a_difference_that_identical_code_shows_now_and_then_is_undecided() -> None:
    run = in_memory(truth=Truth(**{**vars(TRUTH), "effects": {"change": 1.3}}))
    summary = build(run)
    for p_value, pace in ((0.03, "undecided"), (0.002, "slower")):
        effects = tuple(
            replace(each, p_value=p_value, p_adjusted=p_value) if each.p_value is not None else each
            for each in summary.effects
        )
        made = changes_within(run, replace(summary, effects=effects))
        assert made.time.pace == pace and made.is_worse is (pace == "slower")
        if pace == "undecided":
            (row,) = made.rows
            assert row.sentence.endswith("; identical code shows as much in one of 33 runs.")


def test_noise_is_undecided_and_no_change() -> None:
    truth = Truth(**{**vars(TRUTH), "cell_noise": 0.1})
    made = of_run(in_memory(truth=truth))
    assert made.time.pace == "undecided" and not made.changed
    assert [(row.what, row.verdict) for row in made.rows] == [("All requests", "undecided")]
    assert "no time that can be told from noise (±" in sentence(made)


def test_what_interrupts_requests_does_not_hide_that_times_are_the_same() -> None:
    samples = make_samples(TRUTH)
    interrupted = np.random.default_rng(5).random(len(samples)) < 0.05
    samples.loc[interrupted, "latency_s"] += 0.05
    run = in_memory(samples)
    assert of_run(run).time.pace == "undecided"
    run.meta["revisions"] = {"off": {}, "on": {}}
    made = of_run(run)
    assert (made.time.pace, made.time.measure, made.rows) == ("same", "typical", ())
    assert "the mean, interrupted requests included," in made.notes[-1]


def test_what_migrations_cost_is_a_note() -> None:
    run = in_memory()
    slow = {"name": "shop.0002_slow", "seconds": 2.5, "locks": {}, "rewritten": ["shop_order"]}
    run.meta["revisions"] = {"migrations": [slow]}
    assert any(
        note == "1 migration brought the data forward, in 2.50 s: shop.0002_slow; written anew: shop_order."
        for note in of_run(run).notes
    )
    run.meta["revisions"]["indexes"] = {"lost": ["shop_order_a"], "gained": []}
    assert of_run(run).notes[2] == "The old revision has 1 index that the other lacks: shop_order_a."
    run.meta["revisions"]["migrations"].append({"name": "shop.0003", "seconds": 0.5, "locks": {}, "rewritten": []})
    assert any("in 3.00 s (the longest: shop.0002_slow, 2.50 s)" in note for note in of_run(run).notes)


def test_beside_other_factors_the_code_is_compared_with_all_of_them_on() -> None:
    truth = Truth(**{**vars(TRUTH), "factors": ("caching", "change")})
    samples = make_samples(truth)
    rows = ((samples["change"] == "on") & (samples["endpoint"] == "list")).to_numpy(bool, na_value=False)
    samples.loc[rows, "query_count"] += 2
    made = of_run(in_memory(samples, truth, [{"name": "caching", "kind": "cache"}, FACTOR]))
    assert made.subject == "pull request" and made.query_counts == 1
    assert [(row.what, row.verdict) for row in made.rows if "queries" in row.sentence] == [("list", "worse")]


def test_a_run_of_switches_compares_everything_on_with_off() -> None:
    truth = Truth(**{**vars(TRUTH), "factors": ("queries",), "kinds": (Kind("list", 1, 9, 2),)})
    made = of_run(make_run(truth))
    assert (made.subject, made.before, made.after) == ("switches", "everything off", "everything on")
    assert made.query_counts == 1 and made.time.pace == "faster"
    assert {row.verdict for row in made.rows} == {"better"}


def test_a_finding_is_told_where_the_code_brings_it_about() -> None:
    samples = make_samples(TRUTH)
    samples.loc[in_new(samples), "response_digest"] = "another"
    run = in_memory(samples)
    findings: list[dict[str, Any]] = [
        {"class": "content", "severity": "error", "sentence": "Other content.", "endpoint": "list", "factors": ["change"]},
        {"class": "repeated_query", "sentence": "It repeats.", "endpoint": "save", "factors": ["change"],
         "example": {"source": "shop/views.py:12 save"}},
        {"class": "repeated_query", "sentence": "It always did.", "endpoint": "detail"},
        {"class": "index_redundant", "severity": "info", "sentence": "By the way.", "table": "t", "factors": ["change"]},
    ]  # fmt: skip
    queries = [
        {"cell": cell, "endpoint": "list", "source": "shop/views.py:3 index", "times": times}
        for cell, times in (("all_off", 1.0), ("all_on", 5.0))
    ]
    made = changes_within(run, summary_of(findings=findings, queries=queries))
    assert [(row.what, row.line) for row in made.rows] == [("list", None), ("save", "shop/views.py:12 save")]
    assert made.rows[0].sentence.endswith("differ: Other content.")
    assert made.time.pace == "not measured"
    assert _line_of_queries(summary_of(queries=queries), Comparison.of(run), "list") == "shop/views.py:3 index"
    assert _line_of_queries(summary_of(queries=queries[:1]), Comparison.of(run), "list") is None


@pytest.mark.parametrize(
    ("levels", "names"),
    [
        ({"off": {"revision": "main"}, "on": {"revision": "HEAD"}}, ("main", "HEAD")),
        ({"off": {"revision": "v1"}, "on": {"patch": "a.patch"}}, ("v1", "a.patch")),
        ({"off": {"revision": "v1"}}, ("v1", "the working tree")),
        ({"off": "v1", "on": {}}, ("v1", "the working tree")),
    ],
)
def test_a_level_is_called_by_what_it_is(levels: dict[str, Any], names: tuple[str, str]) -> None:
    factor = code_factor({"factors": [{"name": "a", "kind": "indexes"}, {"name": "change", "kind": "code", **levels}]})
    assert factor is not None and (factor.name, factor.before, factor.after) == ("change", *names)
    assert code_factor(scenario()) is None


def test_what_the_scenario_expects_is_told_and_not_worse() -> None:
    samples = make_samples(TRUTH)
    samples.loc[in_new(samples), "response_digest"] = "another"
    samples.loc[in_new(samples, "detail"), "query_count"] += 1
    expect = {"changed_responses": ["list"], "more_queries": ["detail"], "slower": []}
    run = make_run(TRUTH, samples, scenario=scenario(TRUTH, claims=[], factors=[FACTOR], expect=expect))
    made = of_run(run)
    assert [(row.what, row.verdict) for row in made.rows] == [("list", "expected"), ("detail", "expected")]
    assert made.changed and not made.is_worse
    assert sentence(made).startswith(f"This pull request changed {made.responses:,} responses, 1 query count, ")


def test_what_is_expected_of_one_endpoint_is_worse_of_another() -> None:
    samples = make_samples(TRUTH)
    samples.loc[in_new(samples), "query_count"] += 1
    data = scenario(
        TRUTH, claims=[], factors=[FACTOR], expect={"more_queries": ["detail"], "changed_responses": ["list"]}
    )
    made = of_run(make_run(TRUTH, samples, scenario=data))
    assert [(row.what, row.verdict) for row in made.rows] == [("list", "worse")] and made.is_worse
