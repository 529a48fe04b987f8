"""The dataset of all nights: it only grows, and what does not belong to it stops nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perflab.errors import InputError, StoreError
from perflab.report import build
from perflab.run.history import dataset
from perflab.run.store import Run
from tests.perflab.saved_run import SMALL, save
from tests.perflab.summaries import summary_of

MACHINE = {"cpu_model": "x", "cores": 2, "calibration": {"reference_s": 0.005}}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return save(tmp_path, SMALL, environment={"machine": MACHINE, "git_revision": "abc123", "perflab": "0.2.0"})


def test_a_run_is_added_once_with_all_that_it_compared(run: Run, tmp_path: Path) -> None:
    summary = build(run)
    assert dataset.add(run, summary, tmp_path) is True
    assert dataset.add(run, summary, tmp_path) is False
    rows, problems = dataset.read(tmp_path)
    assert problems == [] and list(rows.columns) == list(dataset.HISTORY.names)
    assert len(rows) == sum(each.ratio is not None for each in summary.effects)
    row = rows[(rows["endpoint"] == "ALL") & (rows["metric"] == "latency_s") & (rows["statistic"] == "mean")].iloc[0]
    assert (row["revision"], row["cores"], row["reference_s"], row["run_id"]) == ("abc123", 2, 0.005, run.run_id)
    whole = next(each for each in summary.effects if each.endpoint == "ALL" and each.contrast == row["contrast"])
    assert (row["ratio"], row["low"], row["verdict"]) == (whole.ratio, whole.low, whole.verdict)
    assert [path.name for path in (tmp_path / "history").iterdir()] == [f"marketplace-{run.run_id}.parquet"]


def test_of_two_revisions_the_newer_one_is_the_nights_and_the_older_one_its_base(run: Run, tmp_path: Path) -> None:
    run.meta["revisions"] = {"off": {"revision": "old"}, "on": {"revision": "new"}}
    dataset.add(run, summary_of(effects=[{"ratio": 0.9}]), tmp_path)
    (row,) = dataset.read(tmp_path)[0].to_dict("records")
    assert (row["revision"], row["base"], row["factors"]) == ("new", "old", "+".join(run.factors))


def test_what_is_unknown_is_null(run: Run, tmp_path: Path) -> None:
    run.meta["environment"] = {}
    dataset.add(run, summary_of(effects=[{"ratio": 0.9, "low": None}, {"ratio": None}]), tmp_path)
    (row,) = dataset.read(tmp_path)[0].to_dict("records")
    assert all(pd.isna(row[name]) for name in ("machine", "revision", "reference_s", "low", "cores"))


def test_a_run_that_is_not_complete_or_compares_nothing_has_no_place(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="compares nothing"):
        dataset.add(run, summary_of(), tmp_path)
    run.meta["status"] = "interrupted"
    with pytest.raises(InputError, match="is interrupted: it has no place in the history"):
        dataset.add(run, summary_of(effects=[{"ratio": 1.0}]), tmp_path)
    assert not (tmp_path / "history").exists()


def test_foreign_and_torn_files_are_named_and_older_ones_read(run: Run, tmp_path: Path) -> None:
    dataset.add(run, summary_of(effects=[{"ratio": 0.9}]), tmp_path)
    folder = tmp_path / "history"
    whole = next(folder.glob("*.parquet")).read_bytes()
    (folder / "torn.parquet").write_bytes(whole[: len(whole) // 2])
    pq.write_table(pa.table({"a": [1]}), folder / "foreign.parquet")
    pq.write_table(pa.table({name: ["x"] for name in dataset.HISTORY.names}), folder / "types.parquet")
    older = {"scenario": ["marketplace"], "run_id": ["20200101-000000"], "started_at": ["2020"], "ratio": [0.5]}
    pq.write_table(pa.table(older), folder / "older.parquet")
    (folder / ".marketplace-x.parquet.1").write_bytes(b"half a file")
    rows, problems = dataset.read(tmp_path)
    assert rows["run_id"].tolist() == ["20200101-000000", run.run_id]
    assert pd.isna(rows.iloc[0]["contrast"])
    assert [problem.split()[0] for problem in problems] == ["foreign.parquet", "torn.parquet", "types.parquet"]
    assert dataset.read(tmp_path / "nowhere")[0].empty


def test_a_full_disk_is_one_line_and_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(table: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(StoreError, match=r"cannot write .*: No space left on device; make room"):
        dataset.add(run, summary_of(effects=[{"ratio": 0.9}]), tmp_path)
    assert list((tmp_path / "history").iterdir()) == []


def test_a_machine_is_known_by_what_decides_its_speed() -> None:
    assert dataset.machine_id({}) is None
    assert dataset.machine_id(MACHINE) == dataset.machine_id({**MACHINE, "calibration": None})
    assert dataset.machine_id(MACHINE) != dataset.machine_id({**MACHINE, "cores": 4})
