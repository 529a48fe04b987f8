"""What notebooks call: the command that repeats a run, and errors in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab import notebook
from perflab.errors import InputError, StoreError
from perflab.notebook import Charts, Explore, Replay
from tests.perflab import saved_run


def test_the_command_says_what_was_changed() -> None:
    parameters = Replay(profile="smoke", seed=7, rounds=5, zipf=0.8)
    assert notebook.command(parameters, "scenarios/x.yaml") == (
        "perflab run scenarios/x.yaml --profile smoke -p seed=7 -p rounds=5 -p zipf=0.8"
    )
    assert notebook.command(Replay(), "x.yaml") == "perflab run x.yaml --profile default"


def test_the_latest_run_is_found_from_the_notebooks_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "notebooks").mkdir()
    saved_run.save(tmp_path / "reports")
    monkeypatch.chdir(tmp_path / "notebooks")
    for run in ("latest", "20261123-101500", "reports/marketplace/20261123-101500"):
        assert notebook.load(Charts(run=run)).run_id == "20261123-101500"


def test_an_error_shows_itself_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as raised:
        notebook.load(Charts())
    lines = raised.value._render_traceback_()
    assert len(lines) == 1
    assert lines[0].startswith("InputError: there is no saved run")


def test_a_run_without_a_measurement_is_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenarios").mkdir()
    run = saved_run.save(tmp_path / "reports")
    for file in (run.directory / "samples").iterdir():
        file.unlink()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="contains no measurements"):
        notebook.load(Charts())


def test_a_run_is_compared_with_the_one_that_the_parameters_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("scenarios", "notebooks"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    saved_run.save(tmp_path / "reports", run_id="20261122-101500")
    saved_run.save(tmp_path / "reports")
    run = notebook.load(Explore())
    for parameters in (
        Explore(),
        Explore(other="20261122-101500"),
        Explore(other="reports/marketplace/20261122-101500"),
    ):
        assert "\n- A: 20261122-101500 " in repr(notebook.compare(run, parameters))
    with pytest.raises(InputError, match="compared with itself"):
        notebook.compare(run, Explore(other="latest"))
