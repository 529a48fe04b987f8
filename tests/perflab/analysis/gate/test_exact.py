"""Budgets that are counts: one more is one too many."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from perflab.analysis.gate.exact import responses
from perflab.analysis.gate.gate import gate
from perflab.analysis.stats.pairs import Pairs
from tests.perflab.analysis.gated import FACTS, TRUTH, of
from tests.perflab.synthetic import KINDS, make_run, make_samples


def changed_by_caching(samples: pd.DataFrame, *places: int) -> pd.DataFrame:
    """The responses of every cell with caching on to some Steps differ; `places` are the Steps' rows of one such cell."""
    of_one = samples[samples["cell"] == "caching"].iloc[list(places)]
    steps = pd.MultiIndex.from_frame(of_one[["round", "step"]])
    on = samples["cell"].astype(str).str.contains("caching") | samples["cell"].isin(["all_on", "twin", "canary"])
    rows = on & pd.MultiIndex.from_frame(samples[["round", "step"]]).isin(steps)
    samples.loc[rows, "response_digest"] = "another"
    return samples


def test_one_more_query_is_worse_and_named(baseline):
    samples = make_samples(TRUTH)
    row = samples.index[
        (samples["cell"] == "all_on") & (samples["endpoint"] == "job") & (samples["phase"] == "measured")
    ][0]
    samples.loc[row, "query_count"] += 1

    checks = of(gate(make_run(TRUTH, samples, environment=FACTS), baseline), "exact", "queries")
    worse = [b for b in checks.values() if b.verdict == "worse"]
    assert [b.name for b in worse] == ["queries, all_on, job"]
    assert worse[0].estimate is not None
    assert worse[0].sentence.startswith(
        f"job: {worse[0].estimate:,.0f} queries instead of {worse[0].estimate - 1:,.0f} over "
    )
    assert len(checks) == 2 * len(KINDS)


def test_fewer_queries_are_fine(baseline):
    kinds = tuple(replace(k, optimised=max(1, k.optimised - 1)) for k in KINDS)
    run = make_run(replace(TRUTH, kinds=kinds), environment=FACTS)

    assert {b.verdict for b in of(gate(run, baseline), "exact").values()} == {"fine"}


def test_failed_requests_are_counted_and_take_no_part_in_queries(baseline):
    samples = make_samples(TRUTH)
    rows = samples.index[(samples["cell"] == "all_on") & (samples["endpoint"] == "pay")][:2]
    samples.loc[rows, "error"] = "SubjectError:\n  500"
    samples.loc[rows, "query_count"] = 99

    checks = of(gate(make_run(TRUTH, samples, environment=FACTS), baseline), "exact")
    assert checks["errors"].verdict == "worse"
    assert checks["errors"].sentence == f"2 of {len(samples):,} requests failed: pay (2); the first: SubjectError: 500."
    assert {b.verdict for name, b in checks.items() if name.startswith("queries")} == {"fine"}


def test_changed_responses_may_not_become_more(baseline):
    changed = make_run(TRUTH, changed_by_caching(make_samples(TRUTH), 5), environment=FACTS)

    assert of(gate(changed, baseline), "exact")["changed responses"].verdict == "worse"
    assert of(gate(changed), "exact")["changed responses"].verdict == "worse"
    assert of(gate(changed, changed), "exact")["changed responses"].verdict == "fine"


def test_responses_that_change_by_themselves_are_not_worse_and_named(baseline):
    samples = make_samples(TRUTH)
    rows = samples["endpoint"] == "payments"
    samples.loc[rows, "response_digest"] = [str(row) for row in range(int(rows.sum()))]

    check = of(gate(make_run(TRUTH, samples, environment=FACTS), baseline), "exact")["changed responses"]

    assert check.verdict == "fine"
    assert "those of payments are nondeterministic and are not compared" in check.sentence

    once = make_samples(TRUTH)  # the run before asked for it too seldom to tell: one of its answers changed
    once.loc[once.index[rows & (once["cell"] == "all_on")][0], "response_digest"] = "another"
    before = make_run(TRUTH, once, environment=FACTS)
    check = of(gate(make_run(TRUTH, samples, environment=FACTS), before), "exact")["changed responses"]
    assert (check.verdict, check.estimate, check.before) == ("fine", 0, 0)


def test_changed_responses_are_held_against_the_same_requests():
    """A night on which the machine gets farther has more of a known mistake, and nothing got worse."""
    samples = changed_by_caching(make_samples(TRUTH), 5, -1)
    rows = samples.index[samples["cell"] == "caching"]
    longer = make_run(TRUTH, samples, environment=FACTS)
    end = samples.loc[rows[-1], ["round", "step"]]
    kept = ~((samples["round"] == end["round"]) & (samples["step"] == end["step"]))
    shorter = make_run(TRUTH, samples[kept].reset_index(drop=True), environment=FACTS)

    check = of(gate(longer, shorter), "exact")["changed responses"]
    assert (check.verdict, check.estimate, check.before) == ("fine", 12, 6)
    assert "over the requests in both runs, 6 and 6 of " in check.sentence


def test_without_a_common_request_it_is_open_whether_more_responses_changed():
    changed = make_run(TRUTH, changed_by_caching(make_samples(TRUTH), 5), environment=FACTS)
    pairs = Pairs.of(changed.samples, measured_only=False)

    assert responses(pairs, pairs, is_matched=False).verdict == "inconclusive"
