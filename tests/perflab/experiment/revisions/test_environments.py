"""Environments of revisions, made by the real uv from wheels of our own."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.experiment.revisions import environments
from perflab.experiment.revisions.environments import changed_packages, environment
from perflab.servers.disk.home import Home, open_home
from tests.cases.replaying import state_folder
from tests.perflab.repository import write
from tests.perflab.wheels import wheel


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with state_folder() as made:
        monkeypatch.setenv("PERFLAB_HOME", str(made))
        yield open_home()


@pytest.fixture(autouse=True)
def only_local_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("1.0", "2.0"):
        wheel(tmp_path / "wheels", "ladle", version, {"ladle.py": f"VERSION = {version!r}\n"})
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


def made(home: Home, file: Path, messages: list[str] | None = None) -> tuple[str, dict[str, str]]:
    return environment(file, "HEAD", sys.executable, home, (messages if messages is not None else []).append)


def ladle(folder: str) -> str:
    done = subprocess.run(
        [f"{folder}/bin/python", "-c", "import ladle; print(ladle.VERSION)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def test_pins_name_an_environment_which_is_made_once(tmp_path: Path, home: Home) -> None:
    write(tmp_path, {"a/requirements.txt": "ladle==1.0\n", "b/requirements.txt": "# the same\nladle<2\n"})
    write(tmp_path, {"c/requirements.txt": "ladle\n"})
    messages: list[str] = []
    first, pins = made(home, tmp_path / "a/requirements.txt", messages)
    assert pins == {"ladle": "1.0"} and ladle(first) == "1.0"
    assert messages == ["install packages: requirements.txt of HEAD"]
    assert made(home, tmp_path / "b/requirements.txt", messages)[0] == first and len(messages) == 1
    other, newer = made(home, tmp_path / "c/requirements.txt")
    assert other != first and ladle(other) == "2.0"
    assert changed_packages(pins, newer) == ["ladle 1.0 -> 2.0"]


def test_one_that_was_not_finished_is_made_anew(tmp_path: Path, home: Home) -> None:
    write(tmp_path, {"requirements.txt": "ladle==1.0\n"})
    folder, _ = made(home, tmp_path / "requirements.txt")
    (Path(folder) / "complete").unlink()
    shutil.rmtree(Path(folder) / "lib")
    assert made(home, tmp_path / "requirements.txt")[0] == folder and ladle(folder) == "1.0"


def test_the_project_itself_is_no_package_of_it(tmp_path: Path, home: Home) -> None:
    project = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["ladle==1.0"]\n'
    write(tmp_path, {"pyproject.toml": project, "requirements.txt": "-e .\n"})
    folder, pins = made(home, tmp_path / "requirements.txt")
    assert pins == {"ladle": "1.0"} and ladle(folder) == "1.0"
    assert made(home, tmp_path / "pyproject.toml")[0] == folder
    write(tmp_path, {"beside/pyproject.toml": project.replace("shop", "beside"), "requirements.txt": "./beside\n"})
    with pytest.raises(InputError, match=r"requirements.txt of HEAD installs the folder \./beside"):
        made(home, tmp_path / "requirements.txt")


def test_a_wheel_in_the_repository_counts_with_its_content(tmp_path: Path, home: Home) -> None:
    write(tmp_path, {"requirements.txt": "./wheels/ladle-1.0-py3-none-any.whl\n"})
    folder, _ = made(home, tmp_path / "requirements.txt")
    wheel(tmp_path / "wheels", "ladle", "1.0", {"ladle.py": "VERSION = 'another'\n"})
    other, _ = made(home, tmp_path / "requirements.txt")
    assert folder != other and ladle(other) == "another"


def test_a_lock_of_uv_is_taken_as_it_is(tmp_path: Path, home: Home) -> None:
    project = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["ladle<2"]\n'
    write(tmp_path, {"pyproject.toml": project})
    uv = environments._uv()
    subprocess.run([uv, "lock", "--quiet"], cwd=tmp_path, check=True)
    folder, pins = made(home, tmp_path / "uv.lock")
    assert pins == {"ladle": "1.0"} and ladle(folder) == "1.0"


@pytest.mark.parametrize("name", ["poetry.lock", "pylock.toml"])
def test_a_lock_of_another_tool_is_read(name: str, tmp_path: Path, home: Home) -> None:
    path = wheel(tmp_path / "wheels", "ladle", "1.0", {"ladle.py": "VERSION = '1.0'\n"})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    locks = {
        "poetry.lock": '[[package]]\nname = "ladle"\nversion = "1.0"\noptional = false\ngroups = ["main"]\n'
        f'files = [{{file = "{path.name}", hash = "sha256:{digest}"}}]\n',
        "pylock.toml": f'[[packages]]\nname = "ladle"\nversion = "1.0"\n[[packages.wheels]]\nname = "{path.name}"\n'
        f'url = "https://files.example.org/{path.name}"\nhashes = {{sha256 = "{digest}"}}\n',
    }
    write(tmp_path, {name: locks[name]})
    folder, pins = made(home, tmp_path / name)
    assert pins == {"ladle": "1.0"} and ladle(folder) == "1.0"
    write(tmp_path, {name: locks[name].replace(digest, "0" * 64)})
    with pytest.raises(InputError, match=f"packages: {name} of HEAD: .*ladle"):
        made(home, tmp_path / name)


def test_what_cannot_be_had_is_one_line(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"HEAD has no file requirements\.txt"):
        made(home, tmp_path / "requirements.txt")
    write(tmp_path, {"requirements.txt": "ladle==3.0\n"})
    with pytest.raises(InputError, match=r"packages: requirements\.txt of HEAD: .*ladle==3\.0") as caught:
        made(home, tmp_path / "requirements.txt")
    assert "\n" not in caught.value.what
    (tmp_path / "python").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(InputError, match=r"python does not start: .* exit status 3"):
        environment(tmp_path / "requirements.txt", "HEAD", str(tmp_path / "python"), home)
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="uv, which makes the environments, is not there"):
        made(home, tmp_path / "requirements.txt")


def test_what_differs_is_in_words() -> None:
    off, on = {"django": "5.2.8", "celery": "5.4", "six": "1"}, {"django": "6.1", "orjson": "3.11", "six": "1"}
    assert changed_packages(off, on) == ["celery removed", "django 5.2.8 -> 6.1", "orjson 3.11 added"]
