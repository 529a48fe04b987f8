"""The recipes of CONTRIBUTING.md, performed on a copy of the tree: each takes the files that it says, and works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from perflab.servers.ownership import TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer

PROJECT = Path(__file__).resolve().parents[1]
MAX_LINES = 40

# -- a factor kind: one file, and one line in the registry -----------------------------------------------------------

JIT = '''"""A factor that switches PostgreSQL's JIT compiler off and on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem


class JitFactor(Factor):
    """Switches PostgreSQL's JIT compiler."""

    kind: Literal["jit"] = Field(description="The kind of switch.")
    above_cost: int = Field(default=100_000, ge=0, description="Plans that cost less are not compiled.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return f"PostgreSQL's JIT compiler, for plans that cost {self.above_cost:,} or more"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield a problem where the project is measured on SQLite."""
        if project.database == "sqlite":
            yield Problem(("kind",), "SQLite has no JIT compiler", "add `database: postgresql` to `subject`")

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the options of the connection."""
        options = f"-c jit={'on' if on else 'off'} -c jit_above_cost={self.above_cost}"
        return CellChanges(database_options={"options": options})
'''
REGISTRY = "app/perflab/scenario/factors/__init__.py"
REGISTRY_LINE = '    "jit",\n'

SUBJECT = '''"""A Django project whose one view shows what arrived in its worker."""

import os

from django.db import connection
from django.http import JsonResponse
from django.urls import path

SECRET_KEY = "tests only"
ROOT_URLCONF = __name__
USE_TZ = True
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
SCENARIO = {
    "title": "Does PostgreSQL's JIT compiler pay off?",
    "subject": {"settings": "subject", "seed": "subject:archetypes", "database": "postgresql"},
    "data": {"as_of": "2025-10-20", "rows": {"things": 1}},
    "traffic": {
        "rate_per_s": 50, "active_users": 2, "zipf": 1,
        "endpoints": [{"name": "show", "method": "GET", "path": "/show/", "weight": 1}],
    },
    "factors": [{"name": "jit_on", "kind": "jit", "above_cost": 500}],
    "profiles": {"smoke": {"scale": 1, "rounds": 1, "block": 20, "replay_s": 1}},
}  # fmt: skip

# Runs in the copy: the testbed makes the worker's configuration, a real worker starts with it and executes one request.
IN_A_WORKER = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from perflab.experiment.setup.preparation import Prepared
from perflab.experiment.testbed import Testbed
from perflab.run.cells import treatments
from perflab.scenario import loading, profiles, project
from perflab.scenario.factors.base import Context
from perflab.worker.handle import WorkerHandle
from perflab.workload.steps import Step

database = SimpleNamespace(pid=None, django_settings=lambda name: json.loads(sys.argv[1]))
cache = SimpleNamespace(pid=None, url=lambda: "redis://nowhere")
resolved = profiles.resolve(loading.load("scenario.yaml"), "smoke")
cells = treatments(resolved.scenario.factor_names)
servers = SimpleNamespace(database=database, cache=cache)
prepared = Prepared(context=Context(project.base_settings("subject")))
testbed = Testbed(resolved, 1, None, cells, servers, prepared)
step = Step(1, 0, 0, 0.0, "measured", "show", "GET", "/show/", None, None, None, False)
for cell in cells:
    worker = WorkerHandle.start(testbed.worker_config(cell, {cell.name: "copy"}, 1), Path("worker.log"))
    try:
        worker.wait_ready()
        worker.block([step])
        print(json.dumps({cell.name: worker.responses([0])[0]["body"]}))
    finally:
        worker.stop()
"""


@dataclass(frozen=True)
class Tree:
    """A copy of the project's code, and a Django project beside it."""

    folder: Path

    def python(self, *arguments: str, code: int = 0) -> str:
        """What a Python process prints that imports the copy and runs in its folder."""
        environment = {**os.environ, "PYTHONPATH": f"{self.folder / 'app'}{os.pathsep}{self.folder}"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr[-3000:]
        return done.stdout + done.stderr

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def changed_files(self) -> list[str]:
        """The files of app/ that are not the project's own."""
        copies = sorted(p for p in (self.folder / "app").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        names = [str(path.relative_to(self.folder)) for path in copies]
        return [
            n
            for n in names
            if not (PROJECT / n).is_file() or (PROJECT / n).read_bytes() != (self.folder / n).read_bytes()
        ]


def copy_of_the_tree(folder: Path) -> Tree:
    shutil.copytree(
        PROJECT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__", "_notebooks", "*.pyc")
    )
    tree = Tree(folder)
    tree.write("subject.py", SUBJECT)
    tree.write("scenario.yaml", json.dumps(SCENARIO))
    return tree


@pytest.fixture(scope="module")
def with_jit(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The recipe itself: one file is written, one line is added."""
    tree = copy_of_the_tree(tmp_path_factory.mktemp("factor"))
    tree.write("app/perflab/scenario/factors/jit.py", JIT)
    registry = (PROJECT / REGISTRY).read_text(encoding="utf-8")
    last = '    "setting",\n'
    assert registry.count(last) == 1
    tree.write(REGISTRY, registry.replace(last, REGISTRY_LINE + last))
    return tree


def test_a_factor_kind_takes_one_file_and_one_line(with_jit: Tree) -> None:
    assert with_jit.changed_files() == [REGISTRY, "app/perflab/scenario/factors/jit.py"]
    assert len(JIT.splitlines()) <= MAX_LINES
    assert REGISTRY_LINE.count("\n") == 1


def test_check_explains_a_scenario_with_the_new_kind(with_jit: Tree) -> None:
    text = with_jit.python("-m", "perflab", "check", "scenario.yaml")
    assert "jit_on  PostgreSQL's JIT compiler, for plans that cost 500 or more" in text
    assert "measured on PostgreSQL" in text


@pytest.mark.parametrize(
    ("factor", "subject", "line"),
    [
        ({"abov_cost": 5}, {}, "unknown key factors[0].abov_cost; did you mean 'above_cost'?"),
        ({"above_cost": -5}, {}, "factors[0].above_cost should be at least 0, not -5"),
        ({}, {"database": "sqlite"}, "SQLite has no JIT compiler; add `database: postgresql` to `subject`"),
        ({"kind": "jti"}, {}, "factors[0].kind: unknown kind 'jti'; did you mean 'jit'?"),
    ],
)
def test_check_names_what_is_wrong_with_the_new_kind(
    with_jit: Tree, factor: dict[str, object], subject: dict[str, str], line: str
) -> None:
    wrong = {
        **SCENARIO,
        "factors": [{"name": "jit_on", "kind": "jit", **factor}],
        "subject": {"settings": "subject", "seed": "subject:archetypes", "database": "postgresql", **subject},
    }
    with_jit.write("wrong.yaml", json.dumps(wrong))
    assert line in with_jit.python("-m", "perflab", "check", "wrong.yaml", code=2)


def test_schema_and_handbook_know_the_new_kind(with_jit: Tree) -> None:
    with_jit.python("-m", "perflab.scenario.output.schema", "schema.json")
    schema = json.loads((with_jit.folder / "schema.json").read_text(encoding="utf-8"))
    assert (
        schema["$defs"]["JitFactor"]["properties"]["above_cost"]["description"]
        == "Plans that cost less are not compiled."
    )
    assert schema["properties"]["factors"]["items"]["discriminator"]["mapping"]["jit"] == "#/$defs/JitFactor"
    with_jit.python("-m", "perflab.scenario.output.handbook", "scenario.md")
    page = (with_jit.folder / "scenario.md").read_text(encoding="utf-8")
    assert "## factors, kind: jit\n\nSwitches PostgreSQL's JIT compiler.\n" in page
    assert "| `above_cost` | a whole number, at least 0 | `100000` | Plans that cost less are not compiled. |" in page


@pytest.mark.servers
def test_the_level_arrives_in_a_real_worker(with_jit: Tree, postgres: PostgresServer) -> None:
    database = f"{TEMPLATE_PREFIX}recipes"
    postgres.create_database(database)
    try:
        printed = with_jit.python("-c", IN_A_WORKER, json.dumps(postgres.django_settings(database)))
    finally:
        postgres.drop(database)
    bodies_by_cell = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert [{cell: body["jit"] for cell, body in bodies.items()} for bodies in bodies_by_cell] == [
        {"all_off": "off"},
        {"all_on": "on"},
    ]
    assert {body["above_cost"] for bodies in bodies_by_cell for body in bodies.values()} == {"500"}
