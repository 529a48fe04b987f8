"""What stands out, and that each has its evidence."""

from __future__ import annotations

from typing import Any

from perflab.report.first_page.highlights import highlights
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of


def row(endpoint: str, ratio: float, verdict: str, **changes: Any) -> dict[str, Any]:
    return {
        "endpoint": endpoint, "metric": "latency_s", "statistic": "mean", "contrast": "all_on / all_off", "before": 0.01,
        "after": 0.01 * ratio, "ratio": ratio, "low": ratio * 0.9, "high": ratio * 1.1, "n": 50, "verdict": verdict, **changes,
    }  # fmt: skip


ENDPOINTS = [{"name": "job", "weight": 89}, {"name": "pay", "method": "POST", "weight": 9}]
RUN = saved_run.without_samples(scenario={"traffic": {"endpoints": ENDPOINTS}})
NO_WEIGHTS = saved_run.without_samples(scenario={"traffic": {"endpoints": []}})


def sentences(summary: dict[str, Any], run: Run = NO_WEIGHTS) -> list[str]:
    return [each.sentence for each in highlights(summary_of(**summary), run)]


def test_what_got_worse_is_told_as_openly_as_what_gained() -> None:
    effects = [row("reviews", 0.1, "better"), row("job", 0.2, "better"), row("pay", 1.4, "worse")]
    assert sentences({"effects": effects}) == [
        "Largest gain: reviews takes 90.0% less time (89.0 to 91.0%), 10.0 ms → 1.00 ms.",
        "Regression: pay takes 40% more time (26 to 54%), 10.0 ms → 14.0 ms.",
        "2 of 3 endpoints are faster, 1 slower.",
    ]


def test_a_change_whose_interval_leaves_it_open_is_counted_and_not_told() -> None:
    """Holm's test may find it all the same."""
    assert sentences({"effects": [row("job", 1.0, "equivalent"), row("pay", 2.6, "worse", low=0.98)]}) == [
        "0 of 2 endpoints are faster, 1 slower (pay: see “By endpoint”), 1 equivalent."
    ]


def test_what_changed_is_told_with_its_share_of_the_traffic() -> None:
    effects = [row("ALL", 0.5, "better", n=1000), row("job", 0.2, "better", n=400), row("pay", 1.4, "worse", n=4)]
    gained, worse, _ = sentences({"effects": effects})
    assert gained.startswith("Largest gain: job (40% of the measured requests) takes ")
    assert worse.startswith("Regression: pay (0.4% of the measured requests) takes ")
    gained, worse, _ = sentences({"effects": effects}, RUN)
    assert gained.startswith("Largest gain: job (90.8% of the traffic) takes ")
    assert worse.startswith("Regression: pay (9.18% of the traffic) takes ")


def test_reads_and_writes_that_went_different_ways_are_told() -> None:
    effects = [row("READS", 0.3, "better", n=90), row("WRITES", 1.2, "worse", n=10)]
    assert sentences({"effects": effects}, RUN) == [
        "Reads take 70% less time (67 to 73%), writes 20% more time (8 to 32%); writes are 9.18% of the traffic."
    ], "by the scenario's weights, not the 10% that came"
    assert sentences({"effects": effects})[0].endswith("writes 20% more time (8 to 32%).")
    assert sentences({"effects": [row("READS", 0.3, "better"), row("WRITES", 0.5, "better")]}) == []


def test_what_gained_most_is_judged_by_the_cautious_end_of_its_interval() -> None:
    wide, narrow = row("wide", 0.1, "better", high=0.9), row("narrow", 0.2, "better", high=0.25)
    assert sentences({"effects": [wide, narrow]})[0].startswith("Largest gain: narrow takes ")


def test_changed_responses_come_first_and_are_counted_by_endpoint() -> None:
    same = {"compared": 100, "changed": 4, "unknown": 1, "by_endpoint": [{"endpoint": "job", "changed": 4}]}
    lines = highlights(summary_of(equivalence=same), NO_WEIGHTS)
    assert lines[0].sentence == "4 of 100 responses differ from the baseline's: job (4)."
    assert lines[0].tone == "bad"
    assert lines[1].sentence.startswith("1 request failed in all_off or all_on and was left out of the comparison.")


def test_responses_that_nobody_could_compare_are_told() -> None:
    same = {"compared": 10, "changed": 0, "by_endpoint": [], "nondeterministic": ["picks", "luck"]}
    sentence = "Responses of picks and luck are nondeterministic, whatever is switched on, and could not be compared."
    assert sentence in sentences({"equivalence": same})


def test_a_run_that_misses_its_positive_control_says_so() -> None:
    control = {
        "canary": {"detected": False, "sentence": "It was blind."},
        "twin": {"practically_significant": True, "sentence": "Twins differ."},
    }
    assert sentences({"effects": [], "control": control}) == ["Twins differ.", "It was blind."]


def test_endpoints_without_a_verdict_are_counted_by_kind() -> None:
    verdicts = ["better"] * 8 + ["worse"] * 3 + ["inconclusive"] * 9 + ["equivalent"]
    effects = [row(f"e{n}", 1.5 if verdict == "worse" else 0.9, verdict) for n, verdict in enumerate(verdicts)]
    assert (
        sentences({"effects": effects})[-1] == "8 of 21 endpoints are faster, 3 slower, 1 equivalent, 9 inconclusive."
    )


def test_regressions_that_are_left_out_are_counted() -> None:
    effects = [row(f"e{n}", 1.5 + n, "worse") for n in range(5)]
    *first, last = sentences({"effects": effects})
    assert len(first) == 3
    assert last == "0 of 5 endpoints are faster, 5 slower (e1 and e0: see “By endpoint”)."


def test_every_sentence_of_a_run_has_its_numbers(run: Run, summary: Summary) -> None:
    for highlight in highlights(summary, run):
        assert highlight.evidence
        assert highlight.sentence.endswith(".")


def test_what_the_ledgers_found_is_told_and_wrong_responses_have_their_own_section() -> None:
    repeated = {"class": "repeated_query", "severity": "warning", "sentence": "payments makes the same query 10 times."}
    stale = {"class": "stale", "severity": "error", "sentence": "job gave the answer from before a write."}
    lines = highlights(summary_of(findings=[repeated, stale]), NO_WEIGHTS)
    assert [(line.sentence, line.tone) for line in lines] == [("payments makes the same query 10 times.", "note")]


def test_superfluous_indexes_are_something_to_do_and_what_is_missing_stands_out() -> None:
    kinds = ("index_duplicate", "index_unused", "index_missing")
    findings = [{"class": kind, "severity": "warning", "sentence": kind} for kind in kinds]
    assert sentences({"effects": [], "findings": findings}) == ["index_missing"]


def test_of_many_findings_the_first_page_has_a_few_and_says_that_there_are_more() -> None:
    findings = [{"class": "cache_unbounded", "severity": "warning", "sentence": f"{n}."} for n in range(7)]
    *first, more = sentences({"effects": [], "findings": findings})
    assert first == ["0.", "1.", "2.", "3.", "4."]
    assert more == "2 more findings are left out here: under “Caching”."


def test_queries_that_a_switch_removes_are_one_line() -> None:
    one = {
        "class": "repeated_query",
        "severity": "info",
        "endpoint": "job",
        "count": 42,
        "sentence": "job repeats it 42 times.",
    }
    other = {**one, "endpoint": "pay", "count": 9, "sentence": "pay repeats it 9 times."}
    (of_both,) = sentences({"findings": [other, one]})
    assert of_both == (
        "2 endpoints repeat a query within one request if a switch is off; with everything on, they do not. The worst: "
        "job repeats it 42 times."
    )
    assert sentences({"findings": [one]}) == ["job repeats it 42 times."]


def test_an_endpoint_that_never_succeeds_stands_out_first_and_once() -> None:
    never = {"class": "login_redirect", "severity": "error", "endpoint": "job", "sentence": "job only redirects."}
    other = {"class": "repeated_query", "severity": "warning", "endpoint": "job", "sentence": "It repeats."}
    sentences = [each.sentence for each in highlights(summary_of(findings=[other, never]), NO_WEIGHTS)]
    assert sentences[0] == "job only redirects." and sentences.count("job only redirects.") == 1
