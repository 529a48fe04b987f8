"""The table of projected times."""

from __future__ import annotations

from dataclasses import replace

from perflab import units
from perflab.report import lookup
from perflab.report.sections.distance import build
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab.summaries import summary_of


def test_it_is_called_projected_and_begins_with_what_was_measured(run: Run) -> None:
    part = build(summary_of(), run)
    assert "Projection: added network latency" in part.text and "Projected, not measured" in part.markup
    assert "0, as measured" in part.text and "0.5 ms" in part.text and "1 ms" in part.text
    assert "round trips before and" in part.text
    assert "each query. " in part.markup
    cached = build(summary_of(cache=[{"endpoint": "ALL", "gets": 1}]), run)
    assert "each query and each cache operation. " in cached.markup


def test_the_row_without_a_distance_is_what_the_rest_of_the_page_says(run: Run, summary: Summary) -> None:
    whole = lookup.effect(summary)
    assert whole is not None
    (row,) = (line for line in build(summary, run).text.splitlines() if "0, as measured" in line)
    assert units.seconds(whole.before) in row and units.seconds(whole.after) in row


def test_a_run_without_samples_says_so(run: Run) -> None:
    empty = replace(run)
    empty.__dict__["samples"] = run.samples.iloc[:0]
    assert "Nothing can be projected" in build(summary_of(), empty).text
