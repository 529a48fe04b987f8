"""What to do: only what was measured, the most urgent first."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report.first_page.actions import actions, lines, section_of
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import scenario

ENDPOINTS = [{"name": "job", "method": "GET"}, {"name": "payments", "method": "GET"}, {"name": "pay", "method": "POST"}]
FACTORS = [
    {"name": "indexes", "kind": "indexes", "effort": "half a day"},
    {"name": "queries", "kind": "setting"},
    {"name": "caching", "kind": "cache"},
]


def run_of(**changes: Any) -> Run:
    return saved_run.without_samples(
        scenario=scenario(traffic={"endpoints": ENDPOINTS}, factors=FACTORS), **{"status": "complete", **changes}
    )


def last(factor: str, ratio: float, verdict: str, endpoint: str = "ALL", spread: float = 0.05) -> dict[str, Any]:
    return {
        "endpoint": endpoint, "metric": "latency_s", "statistic": "mean", "contrast": f"{factor} leave-one-out", "before": 0.01,
        "after": 0.01 * ratio, "ratio": ratio, "low": ratio - spread, "high": ratio + spread, "n": 50, "verdict": verdict,
    }  # fmt: skip


def actions_of(summary: dict[str, Any], run: Run | None = None) -> list[str]:
    return lines(summary_of(**summary), run or run_of())


def index(**changes: Any) -> dict[str, Any]:
    reads = {"ratio": 0.97, "low": 0.95, "high": 0.99, "n": 100, "metric": "latency_s", "verdict": "better"}
    return {
        "candidate": True,
        "redundant_or_unused": True,
        "measured_as": "pruned",
        "overlap": None,
        "verdict": "drop",
        "reads": reads,
        "writes": None,
        **changes,
    }


def test_wrong_responses_come_before_any_gain() -> None:
    wrong = {"class": "stale", "severity": "error", "endpoint": "payments", "sentence": "x."}
    first, second, *_ = actions_of({"findings": [wrong], "effects": [last("queries", 0.5, "better")]})
    assert first == "Fix wrong responses first: payments (a stale response); no gain counts until then."
    assert second.startswith("Keep ‘queries’")


def test_of_many_wrong_responses_three_are_named() -> None:
    wrong = [{"class": "rows", "severity": "error", "endpoint": f"e{n}", "sentence": "x."} for n in range(5)]
    (action,) = actions_of({"findings": wrong})
    assert "e2 (different rows) and 2 more" in action and "e3" not in action


def test_indexes_that_can_go_go_with_their_measured_gain_and_the_stated_effort() -> None:
    (action,) = actions_of({"indexes": [index(), index(), index(redundant_or_unused=False)]})
    assert action == (
        "Drop 2 of 3 indexes: without them, reads take 3.0% less time (1.0 to 5.0%). 2 were not used by this traffic "
        "(check production's index statistics first). The migration is in summary.html, section “Which indexes are needed?”. "
        "Effort, as stated in the scenario: half a day."
    )


def test_where_no_gain_is_seen_it_is_reported_how_much_slower_it_may_be_at_most() -> None:
    reads = {"ratio": 0.99, "low": 0.97, "high": 1.003, "n": 100, "metric": "latency_s", "verdict": "inconclusive"}
    wal = {"before": 200.0, "after": 150.0}
    (action,) = actions_of({"indexes": [index(overlap={"how": "prefix", "by": "b"}, reads=reads, wal_per_write=wal)]})
    assert action.startswith(
        "Drop 1 of 1 index: without it, reads take at most 0.3% more time (estimate: 1.0% less time) and each write "
        "adds 25% less to the write-ahead log. 1 is covered by another index. "
    )


def test_a_switch_for_indexes_stays_but_for_those_that_can_go() -> None:
    switch, can_go = actions_of({"indexes": [index(), index()], "effects": [last("indexes", 0.5, "better")]})
    assert can_go.startswith("Drop 2 of 2 indexes")
    assert switch.startswith("Keep ‘indexes’, except for the 2 indexes to drop: without any of its indexes, ")


def test_indexes_of_which_it_is_open_are_to_be_measured_longer() -> None:
    undecided = index(verdict="undecided", reason="whether reads are slower is open")
    (action,) = actions_of({"indexes": [undecided, index()]})  # one that is open keeps the whole set
    assert action.startswith("Measure longer to decide whether 2 indexes can be dropped: ") and action.endswith(
        "whether reads are slower is open."
    )
    assert actions_of({"indexes": [index(redundant_or_unused=False)]}) == []
    unmeasured = index(measured_as=None, verdict="undecided", reason="not measured without it", reads=None)
    (action,) = actions_of({"indexes": [unmeasured, unmeasured]})
    assert action == (
        "Measure without 2 indexes to decide whether they can be dropped: each is covered by another index or not used by "
        "this traffic, but the system was not measured without them (set index_study_s in the profile)."
    )


def test_where_reads_are_slower_without_them_longer_measuring_would_tell_nothing() -> None:
    worse = {"ratio": 1.2, "low": 1.1, "high": 1.3, "n": 100, "metric": "latency_s", "verdict": "worse"}
    needed = index(verdict="undecided", reason="reads are slower without all that could go", reads=worse)
    (action,) = actions_of({"indexes": [needed, index(verdict="undecided", reads=worse)]})
    assert action.startswith("Find out which of 2 indexes are needed after all: ")
    of_one_endpoint = {**worse, "verdict": "inconclusive", "worst": {"endpoint": "job"}}
    (action,) = actions_of(
        {"indexes": [index(verdict="undecided", reason="reads of job are slower", reads=of_one_endpoint)]}
    )
    assert action.startswith("Find out whether one index is needed after all: ")


def test_an_index_that_is_missing_is_added_with_what_it_saved_when_it_was_tried() -> None:
    example = {"index": "models.Index(fields=['a'])", "model": "shop.Order", "before_s": 0.004, "after_s": 0.001}
    missing = {
        "class": "index_missing", "severity": "warning", "endpoint": "job", "index": None, "example": example, "sentence": "x.",
    }  # fmt: skip
    assert actions_of({"findings": [missing]}) == [
        "Add models.Index(fields=['a']) to shop.Order: 4.00 → 1.00 ms for its query in job, measured on a copy of the database."
    ]


def test_indexes_that_are_not_named_are_counted() -> None:
    example = {"index": "models.Index(fields=['a'])", "model": "shop.Order", "before_s": 0.004, "after_s": 0.001}
    missing = {"class": "index_missing", "severity": "warning", "endpoint": "job", "example": example, "sentence": "x."}
    *_, more = actions_of({"findings": [missing] * 5})
    assert more == "Add 2 more indexes: each at least halved the time of its query on a copy of the database."


def test_without_verdicts_on_times_only_what_was_counted_is_left() -> None:
    repeated = {"class": "repeated_query", "severity": "warning", "endpoint": "job", "sentence": "job repeats a query."}
    summary = {
        "findings": [repeated],
        "effects": [last("queries", 0.5, "better")],
        "control": {"withheld": ["twins differ"]},
    }
    (action,) = actions_of(summary)
    assert action == "Remove the repeated (N+1) query in job: job repeats a query. The saving was not measured."


def test_a_run_that_is_not_complete_recommends_nothing() -> None:
    assert actions_of({"effects": [last("queries", 0.5, "better")]}, run_of(status="failed")) == []


def test_it_is_a_list_with_a_way_to_the_details_and_escaped() -> None:
    wrong = {"class": "stale", "severity": "error", "endpoint": "<job>", "sentence": "x."}
    markup = section_of(summary_of(findings=[wrong]), run_of())
    assert markup is not None
    assert "&lt;job&gt;" in markup and 'href="#responses"' in markup
    assert section_of(summary_of(), run_of()) is None


def test_a_whole_run_recommends_something(run: Run, summary: Summary) -> None:
    assert all(line.endswith(".") for line in lines(summary, run))


def test_endpoints_that_do_not_answer_come_before_everything_else() -> None:
    never = {"class": "never_succeeds", "severity": "error", "endpoint": "job", "sentence": "job never succeeded: 403."}
    stale = {"class": "stale", "severity": "error", "endpoint": "payments", "sentence": "It is stale."}
    first, second = actions_of({"findings": [stale, never]})[:2]
    assert first == "Repair job first: job never succeeded: 403."
    assert second.startswith("Fix wrong responses first: payments (a stale response)")


def test_a_cache_that_is_used_in_a_way_that_cannot_pay_is_mended() -> None:
    rows = [
        {"class": kind, "severity": "warning", "endpoint": endpoint, "sentence": f"{endpoint} does so."}
        for kind, endpoint in (("ttl_short", "job"), ("ttl_short", "payments"), ("delete_in_vain", "pay"))
    ]
    assert actions_of({"findings": rows})[:2] == [
        "Delete the keys that responses are stored under in pay: pay does so. The gain was not measured.",
        "Store the responses of job and payments for longer: job does so. The gain was not measured.",
    ]
    never = [
        {"class": "cache_never_read", "severity": "warning", "endpoint": f"e{n}", "sentence": "x."} for n in range(5)
    ]
    (action,) = actions_of({"findings": never})
    assert action.startswith("Have e0, e1, e2 and 2 more use the cache, or remove the cache: ")


def test_the_greatest_gain_comes_first_and_what_has_none_last() -> None:
    never = {"class": "cache_never_read", "severity": "warning", "endpoint": "job", "sentence": "x."}
    repeated = {
        "class": "repeated_query", "severity": "warning", "endpoint": "job", "sentence": "job repeats it.",
        "example": {"sql": "S"},
    }  # fmt: skip
    effects = [
        last("indexes", 1.0, "equivalent"), last("caching", 1.2, "worse"), last("queries", 0.3, "better"),
        {"n": 100}, {"endpoint": "job", "n": 50},
    ]  # fmt: skip
    queries = [{"endpoint": "job", "sql": "S", "seconds": 0.01, "times": 10.0}]
    summary = summary_of(effects=effects, findings=[never, repeated], queries=queries)
    found = actions(summary, run_of())
    assert [action.what for action in found] == [
        "Keep ‘queries’", "Remove the repeated (N+1) query in job", "Switch off ‘caching’",
        "Have job use the cache, or remove the cache",
        "No practical effect: ‘indexes’ changes service time by less than the margin; remove it",
    ]  # fmt: skip
    assert found[0].saves_s == pytest.approx(0.007) and found[1].saves_s == pytest.approx(0.0045)
    assert found[1].gain == (
        "job repeats it. In the check requests it takes 4.50 ms of the mean request. The saving was not measured"
    ), "nine of ten, in half of the requests"


def test_a_query_that_a_switch_removes_is_nothing_to_do() -> None:
    assert (
        actions_of({"findings": [{"class": "repeated_query", "severity": "info", "endpoint": "job", "sentence": "x."}]})
        == []
    )


def test_the_same_mistake_in_several_endpoints_is_named_once() -> None:
    wrong = [{"class": "stale", "severity": "error", "endpoint": name, "sentence": "x."} for name in ("job", "pay")]
    assert actions_of({"findings": wrong}) == [
        "Fix wrong responses first: job and pay (a stale response); no gain counts until then."
    ]


def test_what_no_comparison_of_cells_shows_is_mended_and_has_no_gain() -> None:
    rows = [
        {"class": kind, "severity": severity, "endpoint": "job", "sentence": f"job: {kind}."}
        for kind, severity in (("pages_overlap", "warning"), ("stale_304", "error"))
    ]
    assert actions_of({"findings": rows})[:3] == [
        "Fix wrong responses first: job (stale 304); no gain counts until then.",
        "Let ETag and Last-Modified of job change with every write: job: stale_304.",
        "Order the rows of job by something unique, and page by page without a gap: job: pages_overlap.",
    ]


def test_mistakes_in_queries_are_mended_and_an_index_that_would_help_is_added() -> None:
    rows: list[dict[str, Any]] = [
        {"class": kind, "severity": "warning", "endpoint": "job", "sentence": f"job has {kind}."}
        for kind in ("waits", "lock_in_read", "scan_count", "sort_unserved")
    ]
    index = {"index": "models.Index(fields=['a'])", "model": "shop.Job", "before_s": 0.01, "after_s": 0.001}
    rows.append({**rows[-1], "endpoint": "jobs", "index": "job_a_b_idx", "example": index})
    actions = actions_of({"findings": rows})
    assert actions[:4] == [
        "Read without locks and writes in job: job has lock_in_read. The gain was not measured.",
        "Find out what the queries of job wait for: job has waits. The gain was not measured.",
        "Count less in job: keep the number, estimate it, or page without it: job has scan_count. The gain was not measured.",
        "Replace DISTINCT over a join by EXISTS in job: job has sort_unserved. The gain was not measured.",
    ]
    assert actions[4].startswith("Add models.Index(fields=['a']) to shop.Job instead of job_a_b_idx: 10.00 → 1.00 ms")


def test_a_process_that_grows_is_of_no_endpoint() -> None:
    row = {"class": "memory_growth", "severity": "warning", "endpoint": None, "sentence": "A process keeps 9 KiB."}
    assert actions_of({"findings": [row]})[0] == (
        "Find what a process keeps of each request: a list that only grows, a cache without a limit: A process keeps 9 KiB. "
        "The gain was not measured."
    )
