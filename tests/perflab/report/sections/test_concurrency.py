"""Cache stampedes and lost updates."""

from __future__ import annotations

from typing import Any

from perflab.report.html import Section
from perflab.report.sections.concurrency import ENDED_EARLY, build
from perflab.run.store import Run
from perflab.run.tables import CONCURRENCY
from tests.perflab.analysis.caching.test_concurrency import COUNTER, STAMPEDE
from tests.perflab.saved_run import without_samples
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import scenario

CACHED = scenario(factors=[{"name": "caching", "kind": "cache"}])


def run_with(*rows: dict[str, Any], **changes: Any) -> Run:
    run = without_samples(**changes)
    run.__dict__["concurrency"] = CONCURRENCY.frame(rows)
    return run


def shown(*rows: dict[str, Any], **changes: Any) -> Section:
    section = build(summary_of(), run_with(*rows, **changes))
    assert section is not None
    return section


def test_it_says_how_many_computed_the_same_and_what_was_lost() -> None:
    computed, counted = shown(
        STAMPEDE, {**STAMPEDE, "computed_count": 1, "query_count_at_once": 3}, COUNTER
    ).text.splitlines()[2:4]
    assert computed == (
        "When 4 workers requested the same uncached response at once, on average 2.5 of them computed it, making 7.5 queries "
        "instead of 3.0 (2 such requests to 1 endpoint; the last worker started 1.00 ms after the first)."
    )
    assert counted == "Lost updates: 1 cache counter lost concurrent increments: job:hits (job) 37 of 200."


def test_sound_counters_lose_nothing() -> None:
    text = shown({**COUNTER, "count_made": 200}, {**COUNTER, "key": "misses", "count_made": 200}).text
    assert "No lost updates: 2 cache counters recorded all 400 concurrent increments." in text.splitlines()


def test_the_table_has_a_row_for_each_endpoint() -> None:
    markup = shown(STAMPEDE, {**STAMPEDE, "endpoint": "<b>"}, COUNTER).markup
    assert "4.0 of 4" in markup and "<b>" not in markup and "&lt;b&gt;" in markup
    assert 'id="concurrency"' in markup


def test_a_project_without_a_cache_has_no_such_section() -> None:
    assert build(summary_of(), run_with(scenario=scenario(factors=[{"name": "queries", "kind": "setting"}]))) is None


def test_a_project_whose_cache_was_not_probed_says_so() -> None:
    assert "there was no cached response" in shown(scenario=CACHED).text


def test_a_probe_that_failed_says_so_and_where_the_reason_is() -> None:
    failed = {"failed_passes": {"burst": "the worker on somebody's machine died"}}
    assert shown(**failed).text.endswith(ENDED_EARLY)
    assert ENDED_EARLY in shown(STAMPEDE, **failed).text.splitlines()
