"""Two runs side by side, as values, as text and as a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perflab.report.comparison import page as comparison_page
from perflab.report.comparison import text
from perflab.report.comparison.comparison import Comparison
from tests.perflab import alone, saved_run
from tests.perflab.synthetic import Truth, make_run, scenario

TRUTH = Truth(rounds=3, blocks=4)


def facts(**changes: Any) -> dict[str, Any]:
    return {**saved_run.ENVIRONMENT, **changes}


@pytest.fixture(scope="module")
def alike() -> Comparison:
    slower = replace(TRUTH, effects={"indexes": 1.2})
    a = make_run(TRUTH, run_id="20261122-081500", environment=facts())
    b = make_run(slower, run_id="20261123-081500", environment=facts(git_revision="aaaaaaaaaaaa"))
    return Comparison.of(a, b)


def test_like_runs_are_held_against_each_other(alike):
    assert alike.warning() is None
    assert {check.kind for check in alike.changes} == {"exact", "timed"}
    assert alike.facts() == [("Revision", "4fbf848aa112", "aaaaaaaaaaaa")]


def test_counts_that_stayed_are_one_sentence_and_times_come_first(alike):
    notable = alike.notable()
    assert [check.kind for check in notable] == ["timed"] * 6
    same = sum(check.kind == "exact" for check in alike.changes)
    assert alike.unchanged() == f"{same} query counts (one per endpoint, over all cells) are the same in both runs."
    assert alike.unchanged() in text.text(alike)


def test_every_table_has_both_runs(alike):
    levels = {row.label: (row.a.levels, row.b.levels) for row in alike.effects()}
    assert {"service time, mean", "application CPU, mean", "database CPU, mean", "queries, mean"} <= set(levels)
    assert levels["service time, mean"][0] != levels["service time, mean"][1]
    assert levels["queries, mean"][0] == levels["queries, mean"][1]
    samples = alike.a.samples.query("phase == 'measured' and role == 'treatment'")
    assert {row.label for row in alike.endpoints()} == set(samples["endpoint"])
    assert all("→" in side.queries for row in alike.endpoints() for side in (row.a, row.b))
    assert len(alike.claims()) == len(alike.summary_a.claims)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scenario_name": "bakery"}, "their scenarios are marketplace and bakery"),
        ({"environment": facts(machine={"cpu_model": "Another", "cores": 64})}, "processor: A Processor, not Another"),
        ({"parameters": {"profile": "smoke", "seed": 7}}, "seed: 1, not 7"),
        ({"status": "failed"}, "is failed: nothing can be concluded from it"),
    ],
)
def test_unlike_runs_stand_side_by_side_and_no_change_is_computed(changes, words):
    comparison = Comparison.of(
        make_run(TRUTH, environment=facts()), make_run(TRUTH, **{"environment": facts(), **changes})
    )

    assert comparison.changes == ()
    assert words in (comparison.warning() or "")
    for shown in (text.text(comparison), comparison_page.page(comparison)):
        assert words in shown
        assert "B compared with A" not in shown
        assert "payments" in shown


def test_a_claim_that_only_one_run_makes_is_not_claimed_by_the_other():
    other = scenario(TRUTH, claims=scenario(TRUTH)["claims"][:1])
    comparison = Comparison.of(make_run(TRUTH), make_run(TRUTH, scenario=other))

    assert [row.b.verdict for row in comparison.claims()][1:] == ["not claimed"] * (len(comparison.claims()) - 1)


def test_a_run_without_samples_is_shown_and_says_so():
    a = make_run(TRUTH)
    comparison = Comparison.of(a, make_run(TRUTH, a.samples.iloc[:0]))

    assert "measured nothing" in (comparison.warning() or "")
    assert "payments" in text.text(comparison)
    assert "payments" in comparison_page.page(comparison)


def test_the_page_is_one_file_without_script(alike):
    page = comparison_page.page(alike)

    assert page.startswith("<!DOCTYPE html>")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "What changed from A to B" in page
    assert comparison_page.page(alike) == page


def test_a_notebook_shows_what_the_page_holds(alike):
    parts = comparison_page.parts(alike)

    assert "".join(parts) in comparison_page.page(alike)
    assert not any("<style" in part or "<html" in part for part in parts)


def test_hostile_text_is_text_on_the_page_and_drives_no_terminal():
    hostile = "<script>alert(1)</script>\x1b[31m"
    claims = [{**scenario(TRUTH)["claims"][0], "statement": hostile}]
    run = make_run(TRUTH, scenario=scenario(TRUTH, title=hostile, claims=claims))
    comparison = Comparison.of(run, run)

    assert "<script" not in comparison_page.page(comparison)
    assert "\x1b" not in text.text(comparison)


def test_what_is_always_different_is_left_out(alike):
    names = {name for name, _, _ in alike.facts()}
    assert not {"Run", "Time by phase"} & names


def test_runs_without_factors_show_what_requests_take(tmp_path):
    a, b = (alone.save(tmp_path, run_id, replace(alone.TRUTH, seed=seed)) for run_id, seed in (("a", 1), ("b", 2)))
    comparison = Comparison.of(a, b)
    (row, *_) = comparison.effects()
    assert row.label == "service time, mean" and " to " in row.a.change and "→" not in row.a.levels
    assert {each.label for each in comparison.endpoints()} >= {"payments", "profile"}
    for shown in (text.text(comparison), comparison_page.page(comparison)):
        assert "verything off" not in shown and ">Claims<" not in shown and "\nClaims" not in shown
