"""The gate as a whole: what it refuses, what it makes of claims, what all checks come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.gate.gate import compared_runs, gate, notes, outcome
from perflab.analysis.summary import summarise
from perflab.errors import InputError, StoreError
from tests.perflab.analysis.gated import FACTS, TRUTH, of
from tests.perflab.synthetic import make_run, make_samples, scenario


def test_nothing_measured_is_an_error_and_never_fine(baseline):
    samples = make_samples(TRUTH)
    with pytest.raises(StoreError, match="measured nothing: it has no samples"):
        gate(make_run(TRUTH, samples.iloc[:0]))
    with pytest.raises(StoreError, match="every request failed, the first with no route"):
        gate(make_run(TRUTH, samples.assign(error=pd.array(["no route"] * len(samples), dtype="string"))))
    with pytest.raises(StoreError, match=r"the baseline .* measured nothing"):
        gate(baseline, make_run(TRUTH, samples.iloc[:0], environment=FACTS))


def test_the_references_own_requests_and_the_warm_up_are_no_measurement():
    samples = make_samples(TRUTH)
    with pytest.raises(StoreError, match="no samples"):
        gate(make_run(TRUTH, samples[samples["cell"] == "reference"]))
    with pytest.raises(StoreError, match="no samples"):
        gate(make_run(TRUTH, samples[samples["phase"] == "warmup"]))


@pytest.mark.parametrize("status", ["failed", "interrupted", "running"])
def test_a_run_that_is_not_complete_is_an_error(baseline, status):
    with pytest.raises(InputError, match=rf"the run .* is {status}"):
        gate(make_run(TRUTH, status=status))
    with pytest.raises(InputError, match=rf"the baseline .* is {status}"):
        gate(baseline, make_run(TRUTH, status=status))


def claim(bound: float) -> dict[str, Any]:
    return {"claims": [{"id": "queries", "statement": "Queries fall", "metric": "query_count", "direction": "at_least",
                        "bound": bound, "scope": None}]}  # fmt: skip


def test_a_refuted_claim_is_worse_unless_the_baseline_refuted_it_too():
    refuted = make_run(TRUTH, scenario=scenario(TRUTH, **claim(0.99)))
    held = make_run(TRUTH, scenario=scenario(TRUTH, **claim(0.5)))

    assert [(b.name, b.verdict) for b in of(gate(refuted), "claim").values()] == [("claim queries", "worse")]
    again_refuted = of(gate(refuted, refuted), "claim")["claim queries"]
    assert again_refuted.verdict == "fine"
    assert "refuted, as it was in the baseline" in again_refuted.sentence
    assert of(gate(held, refuted), "claim")["claim queries"].verdict == "fine"
    moved = of(gate(refuted, held, allow_loosened=True), "claim")["claim queries"]
    assert moved.verdict == "worse"
    assert "in the baseline: another bound" in moved.sentence


def test_a_claim_that_stays_open_does_not_keep_the_gate_shut(baseline):
    checks = gate(baseline, baseline)

    assert "inconclusive" in {b.verdict for b in of(checks, "claim").values()}  # nothing measures capacity
    assert outcome(checks) == "fine"


def test_without_a_baseline_no_change_is_judged_and_that_is_stated(baseline):
    checks = gate(baseline)

    assert {b.name for b in checks if b.kind != "claim"} == {"errors", "changed responses"}
    assert notes(baseline)[0].startswith("No baseline run is given")


def test_between_is_what_holds_one_run_against_the_other(baseline):
    names = [b.name for b in compared_runs(baseline, baseline)]

    assert names == [b.name for b in gate(baseline, baseline) if b.kind == "timed" or b.name.startswith("queries")]
    assert any(name.startswith("service time, job") for name in names)


def test_controls_are_weighted_by_the_scenario_as_in_the_summary():
    samples = make_samples(TRUTH)
    slow = (samples["cell"] == "twin") & (samples["endpoint"] == "reviews")
    samples.loc[slow, "latency_s"] *= 5
    seldom = scenario(TRUTH)
    for endpoint in seldom["traffic"]["endpoints"]:
        endpoint["weight"] = 1e-6 if endpoint["name"] == "reviews" else endpoint["weight"]
    runs = [make_run(TRUTH, samples, environment=FACTS, scenario=each) for each in (scenario(TRUTH), seldom)]
    withheld, weighted = (of(gate(run, run), "timed") for run in runs)

    assert all("two identical cells" in check.sentence for check in withheld.values())
    assert not any("two identical cells" in check.sentence for check in weighted.values())
    assert not any(
        "two identical cells" in check.sentence for check in of(compared_runs(runs[1], runs[1]), "timed").values()
    )
    assert not summarise(runs[1]).control["withheld"]


def test_sqlite_has_no_clock_of_its_own_and_so_no_budget_for_it():
    facts = {**FACTS, "postgres": None, "sqlite": {"version": "3.45.1"}}
    run = make_run(replace(TRUTH, db_clock=False), environment=facts)

    checks = of(gate(run, run), "timed")
    assert checks and not any(name.startswith("database CPU") for name in checks)
    assert outcome(gate(run, run)) == "fine"


def test_a_clock_that_should_be_there_and_is_not_keeps_the_gate_from_saying_fine():
    run = make_run(replace(TRUTH, db_clock=False), environment=FACTS)

    assert outcome(gate(run, run)) == "inconclusive"
