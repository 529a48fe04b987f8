"""When four ask at once, as a section and as a part of another."""

from __future__ import annotations

from typing import Any

from perflab.report.sections.concurrency import Told, at_once, section_of
from perflab.run.store import Run
from perflab.run.tables import CONCURRENCY
from tests.perflab.analysis.caching.test_concurrency import COUNTER, STAMPEDE
from tests.perflab.saved_run import without_samples


def run_with(*rows: dict[str, Any], **changes: Any) -> Run:
    run = without_samples(**changes)
    run.__dict__["burst"] = CONCURRENCY.frame(rows)
    return run


def test_it_says_how_many_computed_the_same_and_what_was_lost() -> None:
    computed, counted = at_once(
        run_with(STAMPEDE, {**STAMPEDE, "computed_count": 1, "query_count_at_once": 3}, COUNTER)
    ).lines
    assert computed == (
        "Of 4 workers that asked for an answer at the same moment, while no cache had it, 2.5 computed it on average, with "
        "7.5 queries where one alone makes 3.0 (2 requests of 1 endpoint; the last worker began 1.00 ms after the first)."
    )
    assert counted == "1 counter in the cache lost counts when all counted at once: job:hits (job) 37 of 200."


def test_sound_counters_lose_nothing() -> None:
    told = at_once(run_with({**COUNTER, "count_made": 200}, {**COUNTER, "key": "misses", "count_made": 200})).lines
    assert told == ("2 counters in the cache lost none of 400 counts when all counted at once.",)


def test_the_table_has_a_row_for_each_endpoint() -> None:
    markup = section_of(run_with(STAMPEDE, {**STAMPEDE, "endpoint": "<b>"}, COUNTER))._repr_html_()
    assert "4.0 of 4" in markup and "<b>" not in markup and "&lt;b&gt;" in markup
    assert 'id="burst"' in markup


def test_a_run_without_a_cache_has_nothing_to_tell() -> None:
    assert at_once(run_with()) == Told()
    assert "no answer was found in a cache" in section_of(run_with()).text


def test_a_burst_that_failed_says_so_and_where_the_reason_is() -> None:
    failed = {"failed_passes": {"burst": "the worker on somebody's machine died"}}
    said = "The burst ended early; run.json has the reason."
    assert section_of(run_with(**failed)).text.endswith(said)
    assert said in at_once(run_with(STAMPEDE, **failed)).lines
