"""What each switch does, and what it costs where it costs."""

from __future__ import annotations

import re
from dataclasses import replace

from perflab.report.sections.switches import COLUMNS, build
from perflab.run.store import Run
from perflab.run.summary import Summary


def test_the_gain_is_a_product_of_its_parts(run: Run, summary: Summary) -> None:
    whole = next(line for line in str(build(summary, run).text).splitlines() if "× faster, " in line)
    assert "× faster, shared among the switches as " in whole and " (queries) × " in whole
    assert " without ‘queries’" in whole


def test_every_switch_has_its_row_with_writes_and_misses(run: Run, summary: Summary) -> None:
    text = str(build(summary, run).text)
    for factor in run.factors:
        (line,) = (line for line in text.splitlines() if line.startswith(f"  {factor} "))
        assert len(re.split("  +", line.strip())) == len(COLUMNS)
    assert "Leave-one-out, writes" in text and "Leave-one-out, cache misses" in text


def test_what_a_switch_switches_stands_below_its_name(run: Run, summary: Summary) -> None:
    described = replace(
        run, meta={**run.meta, "scenario": {**run.scenario, "factor_texts": {"queries": "JOINS: off or on"}}}
    )
    line = '<span class="reason" style="display: block">JOINS: off or on</span>'
    assert line in build(summary, described).markup, "it may break over lines"
    assert "JOINS" not in build(summary, run).markup, "a run of an earlier version"


def test_a_project_without_a_cache_has_no_column_of_misses(run: Run, summary: Summary) -> None:
    text = str(build(replace(summary, cache=()), run).text)
    assert "Leave-one-out, writes" in text and "cache misses" not in text and "a cache can" not in text
    assert "cache" not in build(replace(summary, cache=(), attribution=()), run).markup.replace("caching", "")


def test_without_every_cell_there_is_no_product(run: Run, summary: Summary) -> None:
    text = str(build(replace(summary, attribution=()), run).text)
    assert "faster =" not in text
    share = [column.heading for column in COLUMNS].index("Share of the gain (as a speed-up)")
    for factor in run.factors:
        (line,) = (line for line in text.splitlines() if line.startswith(f"  {factor} "))
        assert re.split("  +", line.strip())[share] == "–"
