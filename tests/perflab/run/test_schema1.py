"""Runs that were saved with files of schema version 1: their checks have the phase `warmup`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from perflab.run.schema1 import mark_checks
from perflab.run.store import load
from tests.perflab import saved_run

PHASES = ["warmup", "warmup", "measured", "measured", "warmup", "warmup"]


def table(*rounds: list[str]) -> pd.DataFrame:
    rows = [(number, step, phase) for number, phases in enumerate(rounds, 1) for step, phase in enumerate(phases)]
    return pd.DataFrame(rows, columns=["round", "step", "phase"])


@pytest.mark.parametrize("dtype", ["string", "category"])
def test_warm_up_after_the_last_measured_step_of_its_round_is_a_check(dtype: str) -> None:
    marked = mark_checks(table(PHASES, PHASES[:4], ["warmup"] * 3).astype({"phase": dtype}))
    assert [list(rows["phase"]) for _, rows in marked.groupby("round")] == [
        ["warmup", "warmup", "measured", "measured", "check", "check"],
        PHASES[:4],
        ["warmup"] * 3,
    ]
    if dtype == "category":
        assert list(marked["phase"].cat.categories) == ["check", "measured", "warmup"]


def test_a_run_of_version_1_has_its_checks_when_it_is_loaded(tmp_path: Path) -> None:
    directory = saved_run.save(tmp_path).directory
    meta = (directory / "run.json").read_text()
    (directory / "run.json").write_text(meta.replace('"schema": 2', '"schema": 1'))
    for name in ("samples", "trace"):
        for file in (directory / name).glob("*.parquet"):
            rows = pd.read_parquet(file)
            last = rows.loc[rows["phase"] == "measured", "step"].max()
            rows.loc[rows["step"] > last - 2, "phase"] = "warmup"
            rows.to_parquet(file, index=False)
    run = load(directory)
    for rows in (run.samples, run.trace):
        last_measured = rows["round"].map(rows[rows["phase"] == "measured"].groupby("round")["step"].max())
        assert (rows.loc[rows["step"] > last_measured, "phase"] == "check").all()
        assert (rows["phase"] == "check").any()
        assert set(rows["phase"]) == {"warmup", "measured", "check"}
