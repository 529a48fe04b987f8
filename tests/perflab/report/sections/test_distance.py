"""The table of projected times."""

from __future__ import annotations

from dataclasses import replace

from perflab.report.sections.distance import build
from perflab.run.store import Run
from tests.perflab.summaries import summary_of


def test_it_is_called_projected_and_begins_with_what_was_measured(run: Run) -> None:
    part = build(summary_of(), run)
    assert "Projection: added network latency" in part.text and "Projected, not measured" in part.markup
    assert "0, as measured" in part.text and "0.5 ms" in part.text and "1 ms" in part.text
    assert "round trips before and" in part.text


def test_a_run_without_samples_says_so(run: Run) -> None:
    empty = replace(run)
    empty.__dict__["samples"] = run.samples.iloc[:0]
    assert "Nothing can be projected" in build(summary_of(), empty).text
