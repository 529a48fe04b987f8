"""What changed between two runs: what the gate says, and the responses that all cells of a run changed alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perflab.errors import InputError
from perflab.report.comment.between_runs import _responses, changes_between
from perflab.report.comment.changes import Changes
from perflab.report.comment.sentence import sentence
from tests.perflab.analysis.gated import FACTS, again, calibrated, slower
from tests.perflab.report.comment.made_up import KINDS
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import Truth, make_run, make_samples, scenario

TRUTH = Truth(factors=("queries",), kinds=KINDS, rounds=4, blocks=6, hit_share=0.0, request_noise=0.1)
SCENARIO = scenario(TRUTH, claims=[])
BEFORE = make_run(TRUTH, calibrated(TRUTH, make_samples(TRUTH)), scenario=SCENARIO, environment=FACTS, run_id="before")
# Of a finding the line moves from one revision to the next.
EXAMPLE = {"relation": "a.B.c", "sql": "S"}
REPEATED: dict[str, Any] = {
    "class": "repeated_query",
    "sentence": "It repeats.",
    "endpoint": "list",
    "example": EXAMPLE,
}


def compared(samples: pd.DataFrame, findings: Any = (), before: Any = (), **facts: Any) -> Changes:
    """What changed since BEFORE, by samples and by the findings of both runs."""
    run = make_run(TRUTH, samples, **{"scenario": SCENARIO, "environment": FACTS, "run_id": "after", **facts})
    return changes_between(run, BEFORE, summary_of(findings=findings), summary_of(findings=before))


def measured_again() -> pd.DataFrame:
    return calibrated(TRUTH, again(2, TRUTH))


def of_list(samples: pd.DataFrame) -> Any:
    return (samples["endpoint"] == "list").to_numpy(bool)


def test_the_same_again_changed_nothing() -> None:
    environment = {**FACTS, "git_revision": "4fbf848aa112"}
    made = compared(measured_again(), environment=environment)
    assert (made.responses, made.query_counts) == (0, 0) and not made.changed
    assert made.time.low is not None and made.time.low < 1
    assert (made.before, made.after) == ("before", "after at 4fbf848aa112")
    assert any("responses of both runs were compared" in note for note in made.notes)


def test_what_all_cells_changed_alike_is_counted() -> None:
    samples = slower(measured_again(), 1.3)
    rows = of_list(samples) & (samples["round"] == 1).to_numpy(bool)
    samples.loc[rows, "response_digest"] = "another"
    samples.loc[of_list(samples), "query_count"] += 1
    made = compared(samples)
    requests = samples.loc[rows].drop_duplicates(["round", "step"])
    assert made.responses == len(requests) > 0, "a request counts once, however many cells answered it"
    assert made.query_counts == 1 and made.time.pace == "slower" and made.changed
    assert [row.what for row in made.rows if row.verdict == "worse"][:2] == ["list", "All requests"]
    assert [row.what for row in made.rows if row.verdict == "changed"] == ["list"]
    assert f"{len(requests)} responses, 1 query count, and time by +" in sentence(made)


def test_fewer_queries_and_less_time_are_better_and_what_varies_by_itself_is_left_out() -> None:
    samples = slower(measured_again(), 0.7)
    samples["query_count"] -= of_list(samples)
    samples.loc[of_list(samples) & samples["cell"].isin(["all_off", "all_on"]).to_numpy(bool), "response_digest"] = (
        "another"
    )
    made = compared(samples)
    assert made.responses == 0, "identical cells differ"
    assert made.query_counts == 1 and made.time.pace == "faster"
    assert {("list", "better"), ("All requests", "better")} <= {(row.what, row.verdict) for row in made.rows}


def test_responses_with_other_masks_and_unlike_machines_are_not_compared() -> None:
    samples = measured_again()
    samples.loc[of_list(samples), "response_digest"] = "another"
    masks = [{"endpoint": "list", "pointer": "/x", "kind": "time", "example": "1"}]
    made = compared(samples, masks=masks, environment={**FACTS, "machine": {"cores": 64}})
    assert made.responses == 0 and any("Responses of list are not compared" in note for note in made.notes)
    assert made.time.pace == "not measured" and not made.changed
    assert [(row.what, row.verdict) for row in made.rows] == [("All requests", "undecided")]
    assert "So are 5 more checks of times." in made.rows[0].sentence


def test_responses_are_compared_without_what_both_runs_mask() -> None:
    samples = measured_again()
    samples.loc[of_list(samples), "response_digest"] = "another"
    masks = [{"endpoint": "list", "pointer": "/csrf", "kind": "token", "example": "1"}]
    before = replace(BEFORE, meta={**BEFORE.meta, "masks": masks})
    before.__dict__.update(trace=BEFORE.trace, samples=BEFORE.samples, counters=BEFORE.counters)
    run = make_run(TRUTH, samples, scenario=SCENARIO, environment=FACTS, masks=masks)
    responses, differing, left_out = _responses(run, before)
    assert set(differing) == {"list"} and responses > differing.total() > 0 and left_out == []
    other = replace(
        run, meta={**run.meta, "parameters": {"seed": 2}}
    )  # other data, so that every request does other work
    other.__dict__.update(trace=run.trace, samples=run.samples)
    assert _responses(other, before)[0] == 0


def test_only_new_mistakes_are_told() -> None:
    there = {**REPEATED, "example": {**EXAMPLE, "source": "shop/views.py:9 index"}}
    here = {**there, "example": {**EXAMPLE, "source": "shop/views.py:12 index"}}
    info = {**here, "endpoint": "save", "severity": "info"}
    samples = measured_again()
    assert not compared(samples, [here, info], [there]).changed
    rows = compared(samples, [there, here], [there]).rows
    assert [(row.what, row.line) for row in rows if row.verdict == "worse"] == [("list", "shop/views.py:12 index")]


def test_a_run_is_compared_with_its_own_scenario_only() -> None:
    with pytest.raises(InputError, match="cannot be compared"):
        compared(measured_again(), scenario_name="bakery")
