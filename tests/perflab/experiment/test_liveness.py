"""A run whose process was killed does not stay `running`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from perflab.experiment import liveness
from perflab.run.store import load
from perflab.run.tables import SCHEMA_VERSION
from perflab.run.writer import RunWriter
from perflab.servers.ownership import signature
from tests.perflab import saved_run

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a process is known by /proc")


def started(reports: Path, owner: str | None = None) -> Path:
    directory = reports / "marketplace" / "20261123-101500"
    RunWriter.create(directory, saved_run.facts(run_id=directory.name, status="running"))
    liveness.begin(directory)
    if owner is not None:
        (directory / liveness.FILE).write_text(owner)
    return directory


def gone() -> str:
    """The signature of a process of this machine that has ended."""
    code = "from perflab.servers.ownership import signature; print(signature())"
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    return subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True).stdout


def test_a_run_that_is_being_measured_stays_as_it_is(tmp_path: Path) -> None:
    directory = started(tmp_path)
    assert liveness.mark_interrupted(tmp_path) == []
    assert load(directory).status == "running"


def test_a_run_whose_process_was_killed_is_interrupted(tmp_path: Path) -> None:
    directory = started(tmp_path, gone())
    assert liveness.mark_interrupted(tmp_path) == [directory]
    run = load(directory)
    assert (run.status, run.meta["error"]) == ("interrupted", liveness.KILLED)
    assert liveness.mark_interrupted(tmp_path) == [], "once"


def test_a_run_that_ended_keeps_its_end(tmp_path: Path) -> None:
    """Killed between its last words and the removal of the file."""
    directory = started(tmp_path, gone())
    RunWriter(directory, load(directory).meta).finish("failed", "the disk is full")
    assert liveness.mark_interrupted(tmp_path) == []
    assert load(directory).status == "failed"
    assert not (directory / liveness.FILE).exists()


@pytest.mark.parametrize(
    "owner", ["", "{", json.dumps({"perflab": 1, "host": "elsewhere", "boot": "x", "process": None})]
)
def test_what_cannot_be_known_is_left_alone(tmp_path: Path, owner: str) -> None:
    directory = started(tmp_path, owner)
    assert liveness.mark_interrupted(tmp_path) == []
    assert load(directory).status == "running"


def test_a_damaged_run_hinders_no_other(tmp_path: Path) -> None:
    directory = started(tmp_path, gone())
    (directory / "run.json").write_text("half a fi")
    assert liveness.mark_interrupted(tmp_path) == []


def test_a_folder_that_holds_no_run_hinders_no_other(tmp_path: Path) -> None:
    directory = started(tmp_path, gone())
    (directory / "run.json").write_text(json.dumps({"schema": SCHEMA_VERSION}))
    assert liveness.mark_interrupted(tmp_path) == []
    (directory / "run.json").unlink()
    assert liveness.mark_interrupted(tmp_path) == []


def test_the_end_of_a_run_leaves_no_file(tmp_path: Path) -> None:
    directory = started(tmp_path, signature())
    liveness.end(directory)
    liveness.end(directory)
    assert not (directory / liveness.FILE).exists()
