"""A module of perflab in an interpreter that has nothing of the lab's, and the Python that its syntax needs."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from perflab.scenario.subject import boot
from perflab.scenario.subject.interpreter import OLDEST_PYTHON

APP = Path(boot.__file__).parents[3]
# In Python 3.11, and not in 3.10: by the module.
NEWER = {
    "typing": {"Self", "assert_never", "LiteralString", "Never", "Required", "NotRequired", "Unpack", "override", "reveal_type"},
    "datetime": {"UTC"},
    "enum": {"StrEnum", "ReprEnum", "verify", "member", "nonmember"},
    "sys": {"exception"},
    "contextlib": {"chdir"},
    "hashlib": {"file_digest"},
    "asyncio": {"TaskGroup", "timeout", "Runner"},
    "itertools": {"batched"},
}  # fmt: skip
PROBE = """
import json, sys, runpy
boot = runpy.run_path(sys.argv[1])
boot["load"](sys.argv[2])
sys.path.append(sys.argv[3])
import perflab.worker.serve
assert not [n for n in sys.modules if n.partition(".")[0] == "django"], "a worker imports it after its settings are changed"
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"])
import django
django.setup()
import importlib
for name in sys.argv[4:]:
    importlib.import_module(name)
print(json.dumps({
    "perflab": [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "perflab"],
    "others": [n for n, m in sys.modules.items() if "-packages" in (getattr(m, "__file__", None) or "")],
    "path": sys.path,
}))
"""


# What the lab asks the project's process for, and what a seeding of the project's imports.
ASKED = [
    "perflab.scenario.subject.answering", "perflab.scenario.subject.tables", "perflab.scenario.subject.cache_tables",
    "perflab.scenario.subject.index_kinds", "perflab.scenario.subject.modules", "perflab.scenario.subject.signals",
    "perflab.scenario.indexes.migrations", "perflab.scenario.indexes.places",
    "perflab.scenario.lookups", "perflab.scenario.drafting.looking", "perflab.scenario.drafting.rows",
    "perflab.seeding.modelled.tables", "perflab.scenario.drafting.openapi",
    "perflab.scenario.urls.example", "perflab.scenario.urls.routes", "perflab.servers.aliases.handler",
    "perflab.servers.aliases.layout", "perflab.worker.guards.own", "perflab.workload.reading", "perflab.experiment.observe.code",
    "perflab.experiment.revisions.migrating",
    "perflab.seeding", "perflab.seeding.digest", "perflab.seeding.present", "perflab.seeding.target",
    "perflab.seeding.description.building", "perflab.seeding.description.handing",
    "perflab.seeding.description.held", "perflab.seeding.loading.binding",
    "perflab.seeding.copying.migrations", "perflab.seeding.masking.fields", "perflab.seeding.calling",
]  # fmt: skip


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a bare interpreter imports to run a worker and the project's process: of installed packages it has Django alone."""
    packages = tmp_path_factory.mktemp("packages")
    for name in ("django", "asgiref", "sqlparse"):
        (packages / name).symlink_to(Path(str(importlib.import_module(name).__file__)).parent)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        [sys.executable, "-S", "-c", PROBE, boot.__file__, str(APP / "perflab"), str(packages), *ASKED],
        capture_output=True, text=True, check=False, cwd="/", env=environment,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    result: dict[str, list[str]] = json.loads(ran.stdout)
    return result


def test_what_runs_in_the_project_imports_the_standard_library_django_and_perflab_alone(
    facts: dict[str, list[str]],
) -> None:
    assert len(facts["perflab"]) > 70
    assert facts["others"] == []
    assert str(APP) not in facts["path"]


def test_all_functions_that_need_the_project_can_be_imported_there(facts: dict[str, list[str]]) -> None:
    for path in (APP / "perflab").rglob("*.py"):
        if re.search("^@in_project$", path.read_text(), re.MULTILINE):
            assert str(path) in facts["perflab"], path


def test_what_runs_in_the_project_is_written_for_the_oldest_python(facts: dict[str, list[str]]) -> None:
    for path in map(Path, [*facts["perflab"], boot.__file__]):
        tree = ast.parse(path.read_text(), str(path), feature_version=OLDEST_PYTHON)
        for node in ast.walk(_without_type_checking(tree)):
            if isinstance(node, ast.ImportFrom):
                newer = {alias.name for alias in node.names} & NEWER.get(node.module or "", set())
                assert not newer, f"{path}:{node.lineno} imports {newer}"
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert node.attr not in NEWER.get(node.value.id, set()), f"{path}:{node.lineno} uses {node.attr}"
            assert not isinstance(node, ast.TryStar), path


def _without_type_checking(tree: ast.Module) -> ast.Module:
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING")
    ]
    return tree


def test_a_module_runs_as_with_m_and_without_the_labs_folder(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import json, sys, perflab\nprint(json.dumps([__name__, sys.argv[1:], sys.path[0], sys.path[1:]]))\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        [sys.executable, "-S", boot.__file__, "own", "a", "b"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    *facts, others = json.loads(ran.stdout)
    assert facts == ["__main__", ["a", "b"], str(tmp_path.resolve())]
    assert str(APP) not in others
