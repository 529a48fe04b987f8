"""The report as a whole: its files, and that its figures are those of the samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perflab import report
from perflab.report import lookup
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab import saved_run
from tests.perflab.synthetic import weighted_mean

KEYS = (
    "schema", "scenario", "run_id", "verdict", "claims", "effects", "attribution", "equivalence", "findings", "cache", "flush",
    "indexes", "queries", "capacity", "control", "environment",
)  # fmt: skip


def test_the_summary_has_the_keys_of_the_contract(run: Run, summary: Summary) -> None:
    assert tuple(summary.as_dict()) == KEYS
    assert json.loads((run.directory / "summary.json").read_text(encoding="utf-8")) == summary.as_dict()


def test_its_figures_are_those_of_the_samples(run: Run, summary: Summary) -> None:
    measured = run.samples[run.samples["phase"] == "measured"]
    means = {
        cell: weighted_mean(measured[measured["cell"] == cell], "latency_s", saved_run.SMALL)
        for cell in ("all_off", "all_on")
    }
    whole = lookup.effect(summary)
    assert whole is not None
    assert whole.before == pytest.approx(means["all_off"])
    assert whole.after == pytest.approx(means["all_on"])


def test_a_run_that_did_not_end_well_has_no_verdict_anywhere(tmp_path: Path) -> None:
    summary = report.build(saved_run.save(tmp_path, status="interrupted"))
    assert summary.verdict is not None and summary.verdict.startswith("No verdict: the run was interrupted")
    assert {claim.verdict for claim in summary.claims} == {"not measured"}
    assert {effect.verdict for effect in summary.effects} == {"inconclusive"}
