"""The recipe for a factor kind: `jit`, in a file and a line."""

from __future__ import annotations

import json

import pytest

from perflab.servers.ownership import TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from tests.recipes.tree import SCENARIO, Line, Recipe, Tree, check_size, performed

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
RECIPE = Recipe(
    "Add a factor kind",
    "app/perflab/scenario/factors/jit.py",
    JIT,
    {"app/perflab/scenario/factors/__init__.py": Line('    "jit",\n', above='    "setting",\n')},
)
FACTOR = {"name": "jit_on", "kind": "jit", "above_cost": 500}

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


@pytest.fixture(scope="module")
def with_jit(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = performed(RECIPE, tmp_path_factory.mktemp("factor"))
    tree.scenario(factors=[FACTOR])
    return tree


def test_a_factor_kind_takes_one_file_and_one_line(with_jit: Tree) -> None:
    check_size(RECIPE, with_jit)


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
