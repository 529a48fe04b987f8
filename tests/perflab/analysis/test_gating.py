"""The gate over synthetic runs whose truth is known: what it must call worse, and what it must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.gating import Budget, between, gate, notes, outcome
from perflab.errors import InputError, StoreError
from perflab.store import Run
from tests.perflab.synthetic import KINDS, Truth, make_run, make_samples, make_trace, scenario

TRUTH = Truth(rounds=6, blocks=10, hit_share=0.0)  # the cache's luck is drawn with the noise, and changes queries
TIMES = ("latency_s", "app_cpu_s", "db_cpu_s")
FACTS: dict[str, Any] = {
    "python": "3.11.7",
    "machine": {"cpu_model": "A Processor", "cores": 2, "architecture": "x86_64"},
    "pinning": {"pinned": True, "measured_cores": [1]},
    "postgres": {"version": "18.6"},
    "rows": {"a.User": 1000},
    "indexes": 22,
}


def again(seed_of_noise: int, truth: Truth = TRUTH) -> pd.DataFrame:
    """The same traffic measured another time: the noise is drawn anew."""
    return make_samples(replace(truth, seed=seed_of_noise), make_trace(truth))


# Where everything is on: twin and canary run the code of all_on, so that what slows it slows them.
OPTIMISED = ["all_on", "twin", "canary"]


def slower(samples: pd.DataFrame, factor: float, cells: list[str] | None = None) -> pd.DataFrame:
    """Every time of some cells multiplied; of all cells that replay traffic where none is named."""
    slow = samples["cell"].isin(cells) if cells is not None else samples["cell"] != "reference"
    changed = samples.copy()
    for metric in TIMES:
        changed.loc[slow, metric] *= factor
    return changed


@pytest.fixture(scope="module")
def baseline() -> Run:
    return make_run(TRUTH, environment=FACTS)


def of(budgets: list[Budget], kind: str, part: str = "") -> dict[str, Budget]:
    return {b.name: b for b in budgets if b.kind == kind and part in b.name}


@pytest.mark.parametrize("noise", range(11, 17))
def test_the_same_measured_again_is_never_worse(baseline, noise):
    run = make_run(TRUTH, again(noise), environment=FACTS)

    budgets = [b for b in gate(run, baseline) if b.kind != "claim"]
    assert {b.verdict for b in budgets} <= {"fine", "inconclusive"}
    assert {b.verdict for b in budgets if b.kind == "exact"} == {"fine"}
    timed = of(budgets, "timed").values()
    assert len(timed) == 6
    assert [b.verdict for b in timed] == ["fine" if b.high <= 1.02 else "inconclusive" for b in timed]


def test_the_very_same_run_is_fine_with_every_interval_a_point(baseline):
    timed = of(gate(baseline, baseline), "timed").values()

    assert {b.verdict for b in timed} == {"fine"}
    assert all(b.low == b.high == pytest.approx(1) for b in timed)
    assert outcome(gate(baseline, baseline)) == "fine"  # refuted claims were refuted before


def test_a_slower_all_on_is_worse_both_ways(baseline):
    run = make_run(TRUTH, slower(again(11), 1.3, OPTIMISED), environment=FACTS)

    timed = of(gate(run, baseline), "timed")
    assert {b.verdict for b in timed.values()} == {"worse"}
    assert all(b.low < 1.3 < b.high for b in timed.values())
    assert all(b.n > 1000 and b.rounds == 6 for b in timed.values())
    assert outcome([*timed.values()]) == "worse"


def test_a_faster_all_on_is_fine(baseline):
    run = make_run(TRUTH, slower(again(11), 0.7, OPTIMISED), environment=FACTS)

    assert {b.verdict for b in of(gate(run, baseline), "timed").values()} == {"fine"}


def test_a_faster_all_off_is_fine_where_the_reference_tells_it_from_a_slower_all_on(baseline):
    faster = slower(slower(again(11), 0.7, ["all_off"]), 0.9, OPTIMISED)  # so far down that noise cannot matter

    budgets = gate(make_run(TRUTH, faster, environment=FACTS), baseline)
    reference, contrast = of(budgets, "timed", "reference"), of(budgets, "timed", "all_on / all_off")
    assert {b.verdict for b in reference.values()} == {b.verdict for b in contrast.values()} == {"fine"}
    assert all(b.low > 1.02 and b.sentence.endswith("it is all_off that became faster.") for b in contrast.values())


def test_what_is_slower_in_all_cells_is_seen_against_the_reference_and_cancels_in_the_contrast(baseline):
    run = make_run(TRUTH, slower(again(11), 1.3), environment=FACTS)

    budgets = gate(run, baseline)
    reference, contrast = of(budgets, "timed", "reference"), of(budgets, "timed", "all_on / all_off")
    assert {b.verdict for b in reference.values()} == {"worse"}
    assert "worse" not in {b.verdict for b in contrast.values()}
    assert all(b.low < 1 < b.high for b in contrast.values())
    assert all("a change common to all cells cancels here" in b.sentence for b in contrast.values())


def test_a_slower_machine_is_no_slower_project(baseline):
    samples = slower(again(11), 1.3)
    samples.loc[samples["cell"] == "reference", "latency_s"] *= 1.3
    run = make_run(TRUTH, samples, environment=FACTS)

    assert "worse" not in {b.verdict for b in of(gate(run, baseline), "timed").values()}


def test_each_timed_budget_says_what_it_is_blind_to(baseline):
    run = make_run(TRUTH, again(11), environment=FACTS)

    for budget in of(gate(run, baseline), "timed").values():
        assert budget.blind_to is not None
        assert budget.blind_to > 0.02
        assert f"blind to slow-downs below {budget.blind_to * 100:.1f}%" in budget.sentence
        assert "cancels here" in budget.sentence


def test_one_more_query_is_worse_and_named(baseline):
    samples = make_samples(TRUTH)
    row = samples.index[(samples["cell"] == "all_on") & (samples["endpoint"] == "job") & (samples["phase"] == "measured")][0]
    samples.loc[row, "query_count"] += 1

    budgets = of(gate(make_run(TRUTH, samples, environment=FACTS), baseline), "exact", "queries")
    worse = [b for b in budgets.values() if b.verdict == "worse"]
    assert [b.name for b in worse] == ["queries, all_on, job"]
    assert worse[0].sentence.startswith(f"job: {worse[0].estimate:,.0f} queries instead of {worse[0].estimate - 1:,.0f} over ")
    assert len(budgets) == 2 * len(KINDS)


def test_fewer_queries_are_fine(baseline):
    kinds = tuple(replace(k, optimised=max(1, k.optimised - 1)) for k in KINDS)
    run = make_run(replace(TRUTH, kinds=kinds), environment=FACTS)

    assert {b.verdict for b in of(gate(run, baseline), "exact").values()} == {"fine"}


def test_failed_requests_are_counted_and_take_no_part_in_queries(baseline):
    samples = make_samples(TRUTH)
    rows = samples.index[(samples["cell"] == "all_on") & (samples["endpoint"] == "pay")][:2]
    samples.loc[rows, "error"] = "SubjectError:\n  500"
    samples.loc[rows, "query_count"] = 99

    budgets = of(gate(make_run(TRUTH, samples, environment=FACTS), baseline), "exact")
    assert budgets["errors"].verdict == "worse"
    assert budgets["errors"].sentence == f"2 of {len(samples):,} requests failed: pay (2); the first: SubjectError: 500."
    assert {b.verdict for name, b in budgets.items() if name.startswith("queries")} == {"fine"}


def test_changed_answers_may_not_become_more(baseline):
    samples = make_samples(TRUTH)
    row = samples.index[(samples["cell"] == "caching")][5]
    samples.loc[row, "response_digest"] = "another"
    changed = make_run(TRUTH, samples, environment=FACTS)

    assert of(gate(changed, baseline), "exact")["changed answers"].verdict == "worse"
    assert of(gate(changed), "exact")["changed answers"].verdict == "worse"
    assert of(gate(changed, changed), "exact")["changed answers"].verdict == "fine"


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"machine": {**FACTS["machine"], "cores": 4}}, "cores: 4, not 2"),
        ({"machine": {**FACTS["machine"], "cpu_model": "Another"}}, "processor: Another, not A Processor"),
        ({"python": "3.12.1"}, "Python: 3.12, not 3.11"),
        ({"postgres": {"version": "17.2"}}, "PostgreSQL: 17, not 18"),
        ({"pinning": {"pinned": False, "measured_cores": [1]}}, "pinned: no, not yes"),
    ],
)
def test_times_of_unlike_machines_are_not_pooled_and_counts_still_hold(baseline, changes, words):
    run = make_run(TRUTH, slower(again(11), 1.3, OPTIMISED), environment={**FACTS, **changes})

    budgets = gate(run, baseline)
    assert {b.verdict for b in of(budgets, "timed").values()} == {"inconclusive"}
    assert all(f"ot compared: the machines are not alike ({words})" in b.sentence for b in of(budgets, "timed").values())
    assert all(b.n == 0 and b.estimate is None for b in of(budgets, "timed").values())
    assert of(budgets, "exact")["errors"].verdict == "fine"
    assert all(b.n > 0 for b in of(budgets, "exact", "queries").values())
    assert any(words in note for note in notes(run, baseline))


def test_another_patch_release_is_the_same_machine(baseline):
    run = make_run(TRUTH, again(11), environment={**FACTS, "python": "3.11.9", "postgres": {"version": "18.7"}})

    assert all(b.n > 0 for b in of(gate(run, baseline), "timed").values())


def test_another_scenario_or_other_factors_are_refused(baseline):
    with pytest.raises(InputError, match="not pooled: their scenarios are bakery and marketplace"):
        gate(make_run(TRUTH, scenario_name="bakery", environment=FACTS), baseline)
    fewer = replace(TRUTH, factors=("queries", "caching"))
    with pytest.raises(InputError, match="not pooled: their factors are queries, caching and indexes, queries, caching"):
        gate(make_run(fewer, environment=FACTS), baseline)


def test_another_seed_has_no_request_in_common(baseline):
    budgets = gate(make_run(replace(TRUTH, seed=2), environment=FACTS), baseline)

    assert {b.verdict for b in of(budgets, "timed").values()} == {"inconclusive"}
    (queries,) = of(budgets, "exact", "queries").values()
    assert queries.verdict == "inconclusive"
    assert "no request in common (seed: 2, not 1)" in queries.sentence
    assert outcome([b for b in budgets if b.kind != "claim"]) == "inconclusive"


def test_other_data_have_no_request_in_common(baseline):
    run = make_run(TRUTH, environment={**FACTS, "rows": {"a.User": 2000}})

    (queries,) = of(gate(run, baseline), "exact", "queries").values()
    assert "rows: 2,000, not 1,000" in queries.sentence


def test_a_run_that_got_further_is_compared_over_what_both_replayed(baseline):
    longer = make_run(replace(TRUTH, rounds=8), environment=FACTS)

    queries = of(gate(longer, baseline), "exact", "queries")
    assert {b.verdict for b in queries.values()} == {"fine"}
    assert sum(b.n for name, b in queries.items() if "all_on" in name) == 6 * 10 * 20


@pytest.mark.parametrize("column", ["method", "path", "body", "user"])
def test_a_step_that_asks_something_else_is_not_common(baseline, column):
    run = make_run(TRUTH, environment=FACTS)
    run.trace.loc[run.trace["endpoint"] == "pay", column] = "another"

    queries = of(gate(run, baseline), "exact", "queries")
    assert "queries, all_on, pay" not in queries
    assert {b.verdict for b in queries.values()} == {"fine"}


def test_one_round_has_no_interval_and_is_inconclusive():
    one = replace(TRUTH, rounds=1)
    timed = of(gate(make_run(one), make_run(one, again(11, one))), "timed")

    assert {b.verdict for b in timed.values()} == {"inconclusive"}
    assert all("an interval needs 3 common rounds, and there is 1" in b.sentence for b in timed.values())
    assert all(b.low is None and b.estimate is not None for b in timed.values())


def test_an_unknown_clock_is_inconclusive_and_never_0():
    dark = replace(TRUTH, db_clock=False)
    timed = of(gate(make_run(dark), make_run(dark)), "timed", "database CPU")

    assert {b.verdict for b in timed.values()} == {"inconclusive"}
    assert all("database CPU is unknown in one of the runs" in b.sentence for b in timed.values())


def test_a_run_without_a_reference_is_still_judged_by_the_contrast(baseline):
    samples = make_samples(TRUTH)
    run = make_run(TRUTH, samples[samples["cell"] != "reference"], environment=FACTS)

    budgets = gate(run, baseline)
    assert {b.verdict for b in of(budgets, "timed", "reference").values()} == {"inconclusive"}
    assert {b.verdict for b in of(budgets, "timed", "all_off").values()} == {"fine"}


def test_twins_that_differ_forbid_a_verdict_on_times(baseline):
    run = make_run(TRUTH, slower(make_samples(TRUTH), 1.5, ["twin"]), environment=FACTS)

    timed = of(gate(run, baseline), "timed")
    assert {b.verdict for b in timed.values()} == {"inconclusive"}
    assert all("in the run, two identical cells differed" in b.sentence for b in timed.values())


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
    moved = of(gate(refuted, held), "claim")["claim queries"]
    assert moved.verdict == "worse"
    assert "in the baseline: another bound" in moved.sentence


def test_a_claim_that_stays_open_does_not_keep_the_gate_shut(baseline):
    budgets = gate(baseline, baseline)

    assert "inconclusive" in {b.verdict for b in of(budgets, "claim").values()}  # nothing measures capacity
    assert outcome(budgets) == "fine"


def test_without_a_baseline_no_change_is_judged_and_that_is_said(baseline):
    budgets = gate(baseline)

    assert {b.name for b in budgets if b.kind != "claim"} == {"errors", "changed answers"}
    assert notes(baseline)[0].startswith("There is no baseline")


def test_another_pledge_is_said():
    new, old = make_run(TRUTH, pledge="a", scenario=scenario(TRUTH, margin=0.05)), make_run(TRUTH, pledge="b")

    assert "Note that the pledge is not the baseline's: margin changed in between." in notes(new, old)
    assert not any("pledge" in note for note in notes(make_run(TRUTH, pledge="a"), make_run(TRUTH)))


def test_between_is_what_holds_one_run_against_the_other(baseline):
    names = [b.name for b in between(baseline, baseline)]

    assert names == [b.name for b in gate(baseline, baseline) if b.kind == "timed" or b.name.startswith("queries")]
