"""Writing the run directory: a round at a time, and never half a file."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from pyarrow import parquet

from perflab.errors import StoreError
from perflab.run.store import load
from perflab.run.tables import TABLES
from perflab.run.writer import ENDINGS, STATUSES, RunWriter, read_json, write_json, write_text
from tests.perflab.run.test_store import META, save, writer


def test_an_unknown_status_or_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such table of a round: plans"):
        writer(tmp_path, "20261124-110000").save_round(1, [], [], [], plans=[])
    with pytest.raises(ValueError, match="no such status"):
        writer(tmp_path).finish("finished")


def test_a_folder_that_holds_a_run_is_not_written_to_again(tmp_path: Path) -> None:
    made = writer(tmp_path)
    with pytest.raises(StoreError, match="already holds a run"):
        RunWriter.create(made.directory, META)


@pytest.mark.parametrize("name", ["samples", "trace", "counters", "queries"])
def test_a_file_has_the_declared_schema(tmp_path: Path, name: str) -> None:
    made = writer(tmp_path)
    save(made)
    written = parquet.read_schema(made.directory / name / "round-001.parquet")
    assert written.equals(TABLES[name].with_factors(("caching",)).schema)


def beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")


def full(path: Path) -> None:
    """Have the next write of this file end on a full disk: what is written first goes to /dev/full."""
    beside(path).symlink_to("/dev/full")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_one_line_and_harms_nothing_that_was_saved(tmp_path: Path) -> None:
    made = writer(tmp_path)
    save(made, 1)
    path = made.directory / "samples" / "round-002.parquet"
    full(path)
    with pytest.raises(
        StoreError, match=r"cannot write .*round-002\.parquet: .*No space left on device.*make room"
    ) as caught:
        save(made, 2)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError) and caught.value.__cause__.errno == errno.ENOSPC
    assert not path.exists() and not beside(path).is_symlink(), "no half-written file"
    made.finish("failed", str(caught.value))
    run = load(made.directory)
    assert run.samples["round"].tolist() == [1]
    assert run.status == "failed" and "No space left" in run.meta["error"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_leaves_run_json_as_it_was(tmp_path: Path) -> None:
    made = writer(tmp_path)
    full(made.directory / "run.json")
    with pytest.raises(StoreError, match="No space left on device"):
        made.finish("complete")
    assert load(made.directory).status == "running"


def test_every_status_but_complete_has_its_words() -> None:
    assert {*STATUSES} - {*ENDINGS} == {"complete"}


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot write") as caught:
        writer(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_text_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "text"
    write_text(path, "one")
    write_text(path, "zwö")
    assert path.read_text(encoding="utf-8") == "zwö"
    assert [p.name for p in path.parent.iterdir()] == ["text"]


def test_json_has_no_nan_that_others_could_not_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"low": float("nan")})
    write_json(tmp_path / "x.json", {"path": tmp_path, "title": "Ü"})
    assert json.loads((tmp_path / "x.json").read_text()) == {"path": str(tmp_path), "title": "Ü"}
    assert "Ü" in (tmp_path / "x.json").read_text(), "readable as it is"


# -- showing one -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [None, "{", "[1]", '"text"', b"\xff\xfe"])
def test_a_json_file_that_cannot_be_read_is_as_good_as_none(tmp_path: Path, content: str | bytes | None) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert read_json(path) == {}


def test_a_json_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_json(tmp_path / "run.json", {"status": "complete", "n": None})
    assert read_json(tmp_path / "run.json") == {"status": "complete", "n": None}
