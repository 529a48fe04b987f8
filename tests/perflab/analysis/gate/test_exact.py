"""Budgets that are counts: one more is one too many."""

from __future__ import annotations

import pandas as pd

from perflab.analysis.gate.exact import responses
from perflab.analysis.gate.gate import gate
from perflab.analysis.stats.pairs import Pairs
from tests.perflab.analysis.gated import FACTS, TRUTH, of
from tests.perflab.synthetic import make_run, make_samples


def changed_by_caching(samples: pd.DataFrame, *places: int) -> pd.DataFrame:
    """The responses of every cell with caching on to some Steps differ; `places` are the Steps' rows of one such cell."""
    of_one = samples[samples["cell"] == "caching"].iloc[list(places)]
    steps = pd.MultiIndex.from_frame(of_one[["round", "step"]])
    on = samples["cell"].astype(str).str.contains("caching") | samples["cell"].isin(["all_on", "twin", "canary"])
    rows = on & pd.MultiIndex.from_frame(samples[["round", "step"]]).isin(steps)
    samples.loc[rows, "response_digest"] = "another"
    return samples


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
    assert "over the requests in both runs, 5 and 5" in check.sentence


def test_without_a_common_request_it_is_open_whether_more_responses_changed():
    changed = make_run(TRUTH, changed_by_caching(make_samples(TRUTH), 5), environment=FACTS)
    pairs = Pairs.of(changed.samples, measured_only=False)

    assert responses(pairs, pairs, is_matched=False).verdict == "inconclusive"


def differing(endpoint: str, kind: str, places: list[int]) -> tuple[Pairs, pd.DataFrame]:
    """A run in which the responses of all_on to some of an endpoint's Steps differ, and the table of these."""
    samples = make_samples(TRUTH)
    rows = samples[(samples["cell"] == "all_on") & (samples["endpoint"] == endpoint)].iloc[places]
    samples.loc[rows.index, "response_digest"] = "another"
    return Pairs.of(samples, measured_only=False), rows[["round", "step", "cell", "endpoint"]].assign(**{"class": kind})


def test_what_is_repaired_at_one_endpoint_does_not_pay_for_what_breaks_at_another():
    before, answers_before = differing("payments", "stale", [1, 2, 3])

    def judged(endpoint: str, kind: str, place: int) -> tuple[str, str]:
        now, answers = differing(endpoint, kind, [place])
        check = responses(now, before, answers=answers, answers_before=answers_before)
        return check.verdict, check.sentence

    verdict, sentence = judged("reviews", "stale", 1)  # fewer than before, in sum
    assert verdict == "worse"
    assert "more than before: reviews, stale (1 instead of 0)" in sentence
    verdict, sentence = judged("payments", "cross_user_leak", 1)
    assert verdict == "worse"
    assert "more than before: payments, cross_user_leak (1 instead of 0)" in sentence
    assert judged("payments", "stale", 5)[0] == "fine"
