"""The section on the method."""

from __future__ import annotations

from dataclasses import replace

from perflab.report.sections.method import build
from perflab.run.store import Run
from perflab.run.summary import Summary


def test_it_has_this_runs_numbers_and_the_glossary(run: Run, summary: Summary) -> None:
    text = build(summary, run).text
    assert "replayed in 8 cells, one for each combination of the 3 switches" in text
    assert f"There were {run.samples['round'].nunique()} rounds" in text
    assert "\nGlossary\n" in text


def test_one_switch_and_one_round_are_singular(run: Run, summary: Summary) -> None:
    cells = [cell for cell in run.cells if cell["name"] in ("all_off", "all_on")]
    one = replace(run, meta={**run.meta, "cells": cells, "factors": run.factors[:1]})
    vars(one)["samples"] = run.samples[run.samples["round"] == run.samples["round"].iloc[0]]
    text = build(summary, one).text
    assert "replayed in 2 cells, with the switch off and on. Each cell" in text
    assert "There was one round, with new processes" in text
