"""The section on the method."""

from __future__ import annotations

from perflab.report.sections.method import build
from perflab.run.store import Run
from perflab.run.summary import Summary


def test_it_has_this_runs_numbers_and_the_glossary(run: Run, summary: Summary) -> None:
    text = build(summary, run).text
    assert "replayed in 8 cells, one for each combination of the 3 switches" in text
    assert f"There were {run.samples['round'].nunique()} rounds" in text
    assert "\nGlossary\n" in text
