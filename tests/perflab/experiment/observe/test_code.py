"""The project's code that a run has executed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from perflab.experiment.observe import code


def imported(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x = 1\n")
    module = ModuleType(str(path))
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, str(path), module)
    return path


def test_files_of_the_project_are_hashed_and_installed_packages_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = imported(tmp_path / "shop" / "views.py", monkeypatch)
    imported(tmp_path / "env" / "site-packages" / "package.py", monkeypatch)
    imported(tmp_path.parent / "elsewhere.py", monkeypatch)
    before = code.hashes(tmp_path)
    assert list(before) == ["shop/views.py"]
    views.write_text("x = 2\n")
    assert code.hashes(tmp_path) != before
    views.unlink()
    assert code.hashes(tmp_path) == {"shop/views.py": "missing"}


def test_a_change_between_rounds_is_noted_once_for_each_round() -> None:
    first = code.noted(None, 1, {"a.py": "1", "b.py": "1"})
    assert first["changed"] == [] and first["sha256"] == code.digest({"b.py": "1", "a.py": "1"})
    second = code.noted(first, 2, {"a.py": "2", "b.py": "1", "c.py": "1"})
    assert second["changed"] == [{"round": 2, "files": ["a.py"]}]
    assert second["files"] == {"a.py": "1", "b.py": "1", "c.py": "1"}, "as the first round executed them"
    assert code.noted(second, 3, {"a.py": "2", "b.py": "1"})["changed"] == [
        {"round": 2, "files": ["a.py"]}, {"round": 3, "files": ["a.py"]},
    ]  # fmt: skip
