"""Interpreters of projects: which can be used, and what is said of those that cannot."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario.subject import boot
from perflab.scenario.subject.interpreter import Interpreter, command, executable, inspected, surroundings


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing in it."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, symlinks=True, with_pip=False)
    return folder


def script(folder: Path, text: str) -> str:
    """An executable file that is no environment."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_an_environment_is_its_folder_or_its_interpreter(bare: Path) -> None:
    assert executable(str(bare)) == executable(str(bare / "bin" / "python")) == str(bare / "bin" / "python")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no interpreter .*nowhere; name a virtual environment"):
        executable(str(tmp_path / "nowhere"))
    (tmp_path / "text").write_text("")
    with pytest.raises(InputError, match="cannot be executed"):
        executable(str(tmp_path / "text"))


@pytest.mark.parametrize("text", ["echo hello", "exit 3", "echo '[3]'"])
def test_a_program_that_is_no_python(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="is not a Python interpreter"):
        inspected(script(tmp_path, text))


def test_a_python_that_is_too_old(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is Python 3\.9\.18, and perflab needs 3\.10 or later there"):
        inspected(script(tmp_path, """echo '{"version": [3, 9, 18]}'"""))


def test_an_environment_without_django_names_the_command(bare: Path) -> None:
    with pytest.raises(InputError, match=rf"{bare}/bin/python has no Django; try `{bare}/bin/python -m pip install"):
        inspected(str(bare))


def test_what_an_interpreter_has(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "django").mkdir()
    (tmp_path / "django" / "__init__.py").write_text("def get_version(): return '4.2.7'\n")
    found = inspected(str(bare), (str(tmp_path),))
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.packages["django"] == "4.2.7"
    assert not found.has_driver()


@pytest.mark.parametrize(
    ("django", "remarked"), [("4.1.13", True), ("4.2.30", False), ("6.1.3", False), ("6.2", True), ("5.2rc1", False)]
)
def test_a_django_that_perflab_is_not_tested_with(django: str, remarked: bool) -> None:
    remarks = Interpreter("python", "3.12.1", {"django": django}).remarks
    assert bool(remarks) is remarked
    assert all(django in remark and "4.2 to 6.1" in remark for remark in remarks)


def test_commands_and_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/lab")
    monkeypatch.setenv("VIRTUAL_ENV", "/lab/.venv")
    assert command(None, "perflab.worker", "3") == [sys.executable, "-m", "perflab.worker", "3"]
    assert command("/venv/bin/python", "perflab.worker", "3") == [
        "/venv/bin/python", boot.__file__, "perflab.worker", "3",
    ]  # fmt: skip
    own = surroundings("/venv/bin/python", ["/project/src", "/project"])
    assert own["PYTHONPATH"] == "/project/src:/project"
    assert "VIRTUAL_ENV" not in own
    assert "PYTHONPATH" not in surroundings("/venv/bin/python")
    assert str(Path(boot.__file__).parents[3]) in surroundings(None)["PYTHONPATH"]
