"""Runs that were written by an older perflab, with files of version 1, are loaded as if they were written today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perflab.run.schema1 import mark_checks
from perflab.run.store import Run, load
from perflab.run.tables import SAMPLES, TRACE
from tests.perflab.run.test_store import META, SAMPLE, TRACE_ROW

# The columns of version 1, written down: what today's tables are is not to decide what was once written.
SAMPLES_1 = [
    "round", "step", "block", "position", "cell", "role", "phase", "caching", "predecessor", "started_s", "endpoint", "method",
    "status", "user", "latency_s", "app_cpu_s", "db_cpu_s", "cache_cpu_s", "query_count", "duplicate_query_count",
    "query_time_s", "cache_hits", "cache_misses", "cache_sets", "cache_deletes", "response_bytes", "response_digest", "error",
]  # fmt: skip
TRACE_1 = ["round", "step", "block", "at_s", "phase", "endpoint", "method", "path", "body", "user", "affected_by"]
TYPES_1 = {
    "round": "int32", "step": "int32", "block": "int32", "position": "int16", "started_s": "float64", "at_s": "float64",
    "status": "Int16", "affected_by": "Int32", "latency_s": "float64", "query_count": "Int32", "response_bytes": "Int64",
}  # fmt: skip
PHASES = ("warmup", "measured", "measured", "warmup", "warmup")  # the last two are checks


def save(directory: Path, rounds: int = 2) -> Run:
    """Write a run as perflab did with version 1: by pandas, checks as warm-up."""
    (directory / "samples").mkdir(parents=True)
    (directory / "trace").mkdir()
    meta = {"schema": 1, "status": "complete", "pledge": "a" * 64, **META}
    (directory / "run.json").write_text(json.dumps(meta), encoding="utf-8")
    for number in range(1, rounds + 1):
        places = [{"round": number, "step": step, "phase": phase} for step, phase in enumerate(PHASES)]
        for name, columns, row in (("samples", SAMPLES_1, SAMPLE), ("trace", TRACE_1, TRACE_ROW)):
            rows = [{**row, **place} for place in places]
            table = pd.DataFrame.from_records(rows, columns=columns)
            table.astype({c: TYPES_1.get(c, "string") for c in columns}).to_parquet(
                directory / name / f"round-{number:03d}.parquet", index=False
            )
    return load(directory)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return save(tmp_path / "run")


def test_its_tables_are_todays(run: Run) -> None:
    assert list(run.samples.columns) == list(SAMPLES.with_factors(("caching",)).names)
    assert list(run.trace.columns) == list(TRACE.names)
    assert run.samples["latency_s"].tolist() == [0.0123] * 10 and run.differences.empty


@pytest.mark.parametrize("name", ["samples", "trace"])
def test_its_checks_have_their_phase(run: Run, name: str) -> None:
    table = getattr(run, name)
    assert table["phase"].tolist() == ["warmup", "measured", "measured", "check", "check"] * 2
    if name == "samples":
        assert list(table["phase"].cat.categories) == ["check", "measured", "warmup"], "in alphabetical order"


def test_a_run_that_measured_nothing_has_no_checks(tmp_path: Path) -> None:
    run = save(tmp_path / "run", rounds=0)
    assert run.samples.empty and run.trace.empty


def test_warm_up_of_a_run_of_today_stays_warm_up(run: Run) -> None:
    path = run.directory / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 2}))
    assert load(run.directory).trace["phase"].tolist() == [*PHASES, *PHASES]


def test_run_json_has_todays_keys_and_says_which_version_it_was(run: Run) -> None:
    assert run.meta["preregistration"] == "a" * 64 and "pledge" not in run.meta
    assert run.meta["schema"] == 1


def test_what_is_loaded_can_be_summarised(run: Run) -> None:
    from perflab.analysis.summary import summarise

    summary: dict[str, Any] = summarise(run).as_dict()
    assert summary["schema"] == 2 and summary["run_id"] == run.run_id


@pytest.mark.parametrize("dtype", ["string", "category"])
def test_warm_up_after_the_last_measured_step_of_its_round_is_a_check(dtype: str) -> None:
    phases = ["warmup", "warmup", "measured", "measured", "warmup", "warmup"]
    rounds = (phases, phases[:4], ["warmup"] * 3)
    rows = [(number, step, phase) for number, of_round in enumerate(rounds, 1) for step, phase in enumerate(of_round)]
    marked = mark_checks(pd.DataFrame(rows, columns=["round", "step", "phase"]).astype({"phase": dtype}))
    assert [list(of_round["phase"]) for _, of_round in marked.groupby("round")] == [
        [*phases[:4], "check", "check"],
        phases[:4],
        ["warmup"] * 3,
    ]
