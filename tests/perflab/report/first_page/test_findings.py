"""Findings: what stands out, and that each has its evidence."""

from __future__ import annotations

from typing import Any

from perflab.report.first_page.findings import findings
from perflab.run.store import Run


def row(endpoint: str, ratio: float, verdict: str, **changes: Any) -> dict[str, Any]:
    return {
        "endpoint": endpoint, "metric": "latency_s", "statistic": "mean", "contrast": "all_on / all_off", "before": 0.01,
        "after": 0.01 * ratio, "ratio": ratio, "low": ratio * 0.9, "high": ratio * 1.1, "n": 50, "verdict": verdict, **changes,
    }  # fmt: skip


def said(summary: dict[str, Any]) -> list[str]:
    return [finding.sentence for finding in findings(summary)]


def test_what_got_worse_is_told_as_openly_as_what_gained() -> None:
    effects = [row("reviews", 0.1, "better"), row("job", 0.2, "better"), row("pay", 1.4, "worse")]
    assert said({"effects": effects}) == [
        "reviews gained most: 90.0% less (89.0 to 91.0%), 10.0 ms → 1.00 ms.",
        "pay got worse: 40.0% more (26.0 to 54.0%), 10.0 ms → 14.0 ms.",
        "Of 3 endpoints 2 are faster, 1 slower.",
    ]


def test_what_changed_is_told_with_its_share_of_the_traffic() -> None:
    effects = [row("ALL", 0.5, "better", n=1000), row("job", 0.2, "better", n=400), row("pay", 1.4, "worse", n=4)]
    gained, worse, _ = said({"effects": effects})
    assert gained.startswith("job (40% of requests) gained most: ") and worse.startswith(
        "pay (0.4% of requests) got worse: "
    )


def test_reads_and_writes_that_went_different_ways_are_told() -> None:
    effects = [row("READS", 0.3, "better", n=90), row("WRITES", 1.2, "worse", n=10)]
    assert said({"effects": effects}) == [
        "Reads take 70.0% less (67.0 to 73.0%), writes 20.0% more (8.0 to 32.0%); writes are 10% of requests."
    ]
    assert said({"effects": [row("READS", 0.3, "better"), row("WRITES", 0.5, "better")]}) == []


def test_what_gained_most_is_judged_by_the_cautious_end_of_its_interval() -> None:
    wide, narrow = row("wide", 0.1, "better", high=0.9), row("narrow", 0.2, "better", high=0.25)
    assert said({"effects": [wide, narrow]})[0].startswith("narrow gained most")


def test_changed_answers_come_first_and_are_counted_by_endpoint() -> None:
    same = {"compared": 100, "changed": 4, "unknown": 1, "by_endpoint": [{"endpoint": "job", "changed": 4}]}
    found = findings({"equivalence": same, "effects": []})
    assert found[0].sentence == "4 of 100 answers are not the baseline's: job (4)."
    assert found[0].tone == "bad"
    assert found[1].sentence.startswith("1 requests failed")


def test_answers_that_nobody_could_compare_are_told() -> None:
    same = {"compared": 10, "changed": 0, "by_endpoint": [], "nondeterministic": ["picks", "luck"]}
    sentence = "Answers of picks and luck change by themselves, whatever is on, and could not be compared."
    assert sentence in said({"equivalence": same})


def test_a_blind_run_says_so() -> None:
    control = {
        "canary": {"detected": False, "sentence": "It was blind."},
        "twin": {"practically_significant": True, "sentence": "Twins differ."},
    }
    assert said({"effects": [], "control": control}) == ["Twins differ.", "It was blind."]


def test_every_sentence_of_a_run_has_its_numbers(run: Run, summary: dict[str, Any]) -> None:
    for finding in findings(summary):
        assert finding.evidence
        assert finding.sentence.endswith(".")


def test_what_the_ledgers_found_is_told_and_wrong_answers_have_their_own_section() -> None:
    repeated = {"class": "repeated_query", "severity": "warning", "sentence": "payments makes the same query 10 times."}
    stale = {"class": "stale", "severity": "error", "sentence": "job gave the answer from before a write."}
    found = findings({"effects": [], "findings": [repeated, stale]})
    assert [(one.sentence, one.tone) for one in found] == [("payments makes the same query 10 times.", "note")]


def test_superfluous_indexes_are_something_to_do_and_what_is_missing_stands_out() -> None:
    kinds = ("index_duplicate", "index_unused", "index_missing")
    found = [{"class": kind, "severity": "warning", "sentence": kind} for kind in kinds]
    assert said({"effects": [], "findings": found}) == ["index_missing"]


def test_of_many_findings_the_first_page_has_a_few_and_says_that_there_are_more() -> None:
    found = [{"class": "cache_unbounded", "severity": "warning", "sentence": f"{n}."} for n in range(7)]
    *first, more = said({"effects": [], "findings": found})
    assert first == ["0.", "1.", "2.", "3.", "4."]
    assert more == "2 more findings are in the sections below."
