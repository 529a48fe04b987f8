"""Projects: their root, their notebooks, a new run's folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from perflab.errors import InputError, StoreError
from perflab.notebook import project
from perflab.run import store

NOW = datetime(2026, 11, 23, 10, 15, 0, tzinfo=UTC)


def make(root: Path, *folders: str) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return root


def test_the_root_is_found_from_a_folder_deep_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "scenarios", "app/deep")
    (tmp_path / "app" / "manage.py").touch()
    monkeypatch.chdir(tmp_path / "app" / "deep")
    assert project.root() == tmp_path


def test_a_scenario_belongs_to_the_project_that_it_lies_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "one/scenarios", "two/scenarios")
    monkeypatch.chdir(tmp_path / "two")
    assert project.root_of_scenario(tmp_path / "one" / "scenarios" / "x.yaml") == tmp_path / "one"


def test_outside_of_every_project_it_is_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert project.root() == tmp_path


def test_a_projects_own_notebook_comes_first(tmp_path: Path) -> None:
    packaged = project.notebook("1_seed", tmp_path)
    assert packaged.is_file()
    make(tmp_path, "notebooks")
    own = tmp_path / "notebooks" / "1_seed.ipynb"
    own.touch()
    assert project.notebook("1_seed", tmp_path) == own
    assert project.notebook("2_replay", tmp_path) == packaged.with_name("2_replay.ipynb")


def test_a_notebook_that_is_nowhere(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no notebook 7_none"):
        project.notebook("7_none", tmp_path)


def test_a_run_is_named_by_the_time_and_no_two_alike(tmp_path: Path) -> None:
    names = [project.new_run(tmp_path, scenario, NOW).name for scenario in ("a", "a", "b")]
    assert names == ["20261123-101500", "20261123-101501", "20261123-101502"]


def test_a_package_of_the_projects_named_reports_gets_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "reports")
    assert project.reports(tmp_path) == tmp_path / "reports"
    (tmp_path / "reports" / "__init__.py").touch()
    run = project.new_run(tmp_path, "shop", NOW)
    assert run == tmp_path / "perflab-reports" / "shop" / "20261123-101500"
    monkeypatch.chdir(tmp_path)
    assert store.reports_of(Path()) == Path("perflab-reports")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(StoreError, match="cannot create"):
        project.new_run(tmp_path, "a", NOW)


def test_a_path_is_displayed_relative_where_it_is_inside(tmp_path: Path) -> None:
    assert project.display_path(tmp_path / "a" / "b", tmp_path) == "a/b"
    assert project.display_path(Path("/elsewhere"), tmp_path) == "/elsewhere"


def test_of_what_lies_elsewhere_only_the_name_is_public(tmp_path: Path) -> None:
    assert project.public_path(tmp_path / "scenarios" / "x.yaml", tmp_path) == "scenarios/x.yaml"
    assert project.public_path(Path("/somebody/private/x.yaml"), tmp_path) == "x.yaml"
