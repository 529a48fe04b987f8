"""A recipe of CONTRIBUTING.md as data, and the copy of the project's tree on which tests perform it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
MAX_LINES = 40
# What a recipe may touch, beside what is generated from it and the tests.
CODE = ("app", "notebooks")

SUBJECT = '''"""A Django project whose one view shows what arrived in its worker."""

import os

from django.db import connection
from django.http import JsonResponse
from django.urls import path

SECRET_KEY = "tests only"
ROOT_URLCONF = __name__
USE_TZ = True
FAST = False
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}


def archetypes():
    raise NotImplementedError


def show(request):
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        (jit,) = cursor.fetchone()
        cursor.execute("SHOW jit_above_cost")
        (above_cost,) = cursor.fetchone()
    return JsonResponse({"jit": jit, "above_cost": above_cost, "variable": os.environ.get("PERFLAB_RECIPE")})


urlpatterns = [path("show/", show)]
'''
SCENARIO: dict[str, Any] = {
    "title": "Does it pay off?",
    "subject": {"settings": "subject", "seed": "subject:archetypes", "database": "postgresql"},
    "data": {"as_of": "2025-10-20", "rows": {"things": 1}},
    "traffic": {
        "rate_per_s": 50, "active_users": 2, "zipf": 1,
        "endpoints": [{"name": "show", "method": "GET", "path": "/show/", "weight": 1, "audited": True}],
    },
    "factors": [{"name": "fast", "kind": "setting", "setting": "FAST", "when_off": False, "when_on": True}],
    "profiles": {"smoke": {"scale": 1, "rounds": 1, "block": 20, "replay_s": 1}},
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line that a recipe adds to a file: directly above a line that is there."""

    text: str
    above: str

    def added_to(self, content: str) -> str:
        """The file with the line in it."""
        assert self.text.count("\n") == self.above.count("\n") == 1, "one line, with its end"
        assert content.count(self.above) == 1, self.above
        return content.replace(self.above, self.text + self.above)


@dataclass(frozen=True)
class Recipe:
    """What a recipe of CONTRIBUTING.md does by hand.

    `heading` is the recipe's, without its count. `file` is the new one, `text` what it holds; `lines` are what other files get.
    """

    heading: str
    file: str
    text: str
    lines: Mapping[str, Line]
    cell: str | None = None  # of notebooks/4_executive_summary.ipynb
    cell_above: str | None = None

    @property
    def files(self) -> list[str]:
        """The files that are touched."""
        return sorted([self.file, *self.lines, *([NOTEBOOK] if self.cell else [])])


NOTEBOOK = "notebooks/4_executive_summary.ipynb"


@dataclass(frozen=True)
class Tree:
    """A copy of the project's code, and a Django project beside it."""

    folder: Path

    def python(self, *arguments: str, code: int = 0) -> str:
        """What a Python process prints that imports the copy and runs in its folder."""
        paths = (self.folder / "app", self.folder, PROJECT)  # the last one for `tests`
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "COLUMNS": "200"}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a nested pytest starts in a fifth of the time
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, (done.stdout + done.stderr)[-3000:]
        return done.stdout + done.stderr

    def printed(self, program: str, *arguments: str) -> Any:
        """What the last line that a program prints says in JSON."""
        return json.loads(self.python("-c", program, *arguments).splitlines()[-1])

    def tests(self, file: str, *options: str, code: int = 0) -> str:
        """What pytest prints that runs a test file against the copy: the copy's own where it has one, else the project's."""
        path = self.folder / file if (self.folder / file).exists() else PROJECT / file
        self.write("pytest.ini", "[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n")
        return self.python("-m", "pytest", "--noconftest", "-c", "pytest.ini", str(path), *options, code=code)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the copy."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def scenario(self, **changes: Any) -> str:
        """Write a scenario and return its name."""
        self.write("scenario.yaml", json.dumps({**SCENARIO, **changes}))
        return "scenario.yaml"

    def changed_files(self) -> list[str]:
        """The files of the code that are not the project's own."""
        paths = [path for name in CODE for path in (self.folder / name).rglob("*")]
        names = [str(p.relative_to(self.folder)) for p in paths if p.is_file() and "__pycache__" not in p.parts]
        return sorted(
            n
            for n in names
            if not (PROJECT / n).is_file() or (PROJECT / n).read_bytes() != (self.folder / n).read_bytes()
        )

    def add_cell(self, source: str, above: str) -> None:
        """Add a cell of code to the notebook of the page, before the one with this source."""
        path = self.folder / NOTEBOOK
        notebook = json.loads(path.read_text(encoding="utf-8"))
        place = ["".join(cell["source"]) for cell in notebook["cells"]].index(above)
        cell = {**notebook["cells"][place], "id": "new", "source": [source]}
        notebook["cells"].insert(place, cell)
        path.write_text(json.dumps(notebook), encoding="utf-8")


def performed(recipe: Recipe, folder: Path) -> Tree:
    """A copy of the tree after the recipe: one file is written, and each registry gets its line."""
    for name in CODE:
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("notebooks"))
    tree = Tree(folder)
    tree.write("subject.py", SUBJECT)
    tree.scenario()
    assert not (folder / recipe.file).exists()
    tree.write(recipe.file, recipe.text)
    for name, line in recipe.lines.items():
        tree.write(name, line.added_to((folder / name).read_text(encoding="utf-8")))
    if recipe.cell and recipe.cell_above:
        tree.add_cell(recipe.cell, recipe.cell_above)
    return tree


def check_size(recipe: Recipe, tree: Tree) -> None:
    """Fail where a recipe takes more than it says, or a file that is too long."""
    assert tree.changed_files() == recipe.files
    assert len(recipe.text.splitlines()) <= MAX_LINES
    for tool in (["ruff", "check"], ["ruff", "format", "--check"]):
        tree.python("-m", *tool, "--config", str(PROJECT / "pyproject.toml"), *recipe.lines, recipe.file)
