"""The section with a row for each endpoint."""

from __future__ import annotations

from dataclasses import replace

from perflab.report import lookup
from perflab.report.sections.endpoints import build
from perflab.run.store import Run
from perflab.run.summary import Summary


def test_every_endpoint_has_a_row_and_all_requests_the_first(run: Run, summary: Summary) -> None:
    lines = build(summary, run).text.splitlines()
    rows = lookup.by_endpoint(summary, with_all=True)
    shown = [line for line in lines if " requests " in line and "→" in line][: len(rows)]
    assert [line.split(" · ")[0].strip() for line in shown[:1]] == ["All requests"]
    for row in rows[1:]:
        assert any(line.startswith(f"  {row.endpoint} · ") and row.verdict in line for line in shown)


def test_the_minimum_detectable_effect_stands_beside_the_verdict(run: Run, summary: Summary) -> None:
    assert "could only detect ≥ " in build(summary, run).text


def test_responses_that_were_not_compared_are_unknown(run: Run, summary: Summary) -> None:
    lines = build(replace(summary, equivalence={}), run).text.splitlines()
    (whole,) = (line for line in lines if line.startswith("  All requests · ") and line.endswith("–"))
    assert whole
