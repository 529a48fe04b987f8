"""What changed between two runs: what the gate says, and the responses that all cells of a run changed alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perflab.errors import InputError
from perflab.report import build
from perflab.report.comment.between_runs import changes_between
from perflab.report.comment.changes import Changes
from perflab.report.comment.sentence import sentence
from perflab.run.cells import cells_of
from perflab.run.store import Run
from tests.perflab import saved_run
from tests.perflab.analysis.gated import again, calibrated, slower
from tests.perflab.report.comment.made_up import KINDS
from tests.perflab.synthetic import Truth, make_samples, scenario

A, B = "20261122-101500", "20261123-101500"
TRUTH = Truth(factors=("queries",), kinds=KINDS, rounds=4, blocks=6, hit_share=0.0, request_noise=0.1)
FACTS: dict[str, Any] = {
    "scenario": scenario(TRUTH, claims=[]), "factors": list(TRUTH.factors),
    "cells": [{"name": cell.name, "role": cell.role, "levels": cell.levels} for cell in cells_of(TRUTH.factors)],
}  # fmt: skip


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Run:
    reports = tmp_path_factory.mktemp("project") / "reports"
    return saved_run.save(reports, TRUTH, A, samples=calibrated(TRUTH, make_samples(TRUTH)), **FACTS)


def between(run: Run, baseline: Run) -> Changes:
    return changes_between(run, baseline, build(run))


def later(folder: Path, samples: pd.DataFrame, **facts: Any) -> Run:
    return saved_run.save(folder / "reports", TRUTH, B, samples=samples, **{**FACTS, **facts})


def measured_again() -> pd.DataFrame:
    return calibrated(TRUTH, again(2, TRUTH))


def test_the_same_again_changed_nothing(tmp_path: Path, baseline: Run) -> None:
    made = between(later(tmp_path, measured_again()), baseline)
    assert (made.responses, made.query_counts) == (0, 0) and not made.changed
    assert made.time.low is not None and made.time.low < 1
    assert (made.before, made.after) == (f"{A} at 4fbf848aa112", f"{B} at 4fbf848aa112")
    assert any("responses of both runs were compared" in note for note in made.notes)


def test_a_response_that_all_cells_changed_is_counted(tmp_path: Path, baseline: Run) -> None:
    samples = measured_again()
    rows = ((samples["endpoint"] == "list") & (samples["round"] == 1)).to_numpy(bool)
    samples.loc[rows, "response_digest"] = "another"
    made = between(later(tmp_path, samples), baseline)
    assert made.responses and made.changed
    assert [(row.what, row.verdict) for row in made.rows if row.verdict == "changed"] == [("list", "changed")]


def test_responses_that_change_by_themselves_are_not_counted(tmp_path: Path, baseline: Run) -> None:
    samples = measured_again()
    rows = (samples["cell"].isin(["all_off", "all_on"]) & (samples["endpoint"] == "list")).to_numpy(bool)
    samples.loc[rows, "response_digest"] = "another"
    assert between(later(tmp_path, samples), baseline).responses == 0
    masks = [{"endpoint": "list", "pointer": "/x", "kind": "time", "example": "1"}]
    samples.loc[(samples["endpoint"] == "list").to_numpy(bool), "response_digest"] = "another"
    made = between(later(tmp_path / "masked", samples, masks=masks), baseline)
    assert made.responses == 0 and any("of list change by themselves" in note for note in made.notes)


def test_more_queries_and_more_time_are_worse(tmp_path: Path, baseline: Run) -> None:
    samples = slower(measured_again(), 1.3)
    samples["query_count"] += (samples["endpoint"] == "list").astype("Int32")
    made = between(later(tmp_path, samples), baseline)
    assert made.query_counts == 1 and made.time.pace == "slower"
    worse = [row.what for row in made.rows if row.verdict == "worse"]
    assert worse[0] == "list" and "All requests" in worse
    assert "0 responses, 1 query count, and time by +" in sentence(made)


def test_fewer_queries_and_less_time_are_better(tmp_path: Path, baseline: Run) -> None:
    samples = slower(measured_again(), 0.7)
    samples["query_count"] -= (samples["endpoint"] == "list").astype("Int32")
    made = between(later(tmp_path, samples), baseline)
    assert made.query_counts == 1 and made.time.pace == "faster"
    assert {("list", "better"), ("All requests", "better")} <= {(row.what, row.verdict) for row in made.rows}


def test_unlike_machines_leave_times_undecided_in_one_row(tmp_path: Path, baseline: Run) -> None:
    other = {**saved_run.ENVIRONMENT, "machine": {"cores": 64}}
    made = between(later(tmp_path, measured_again(), environment=other), baseline)
    assert made.time.pace == "not measured" and not made.changed
    assert [(row.what, row.verdict) for row in made.rows] == [("All requests", "undecided")]
    assert "So are 5 more checks of times." in made.rows[0].sentence


def test_a_run_is_compared_with_its_own_scenario_only(tmp_path: Path, baseline: Run) -> None:
    with pytest.raises(InputError, match="cannot be compared"):
        between(later(tmp_path, measured_again(), scenario_name="bakery"), baseline)
