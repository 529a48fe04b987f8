"""The plugin under pytest: CI, several processes, entries that nothing uses, and what it costs a session that does not use it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from perflab import __file__ as PERFLAB
from perflab.worker.budget import plugin, session
from tests.perflab.worker.budget.bookshop import FILES, run, write

pytest_plugins = ["pytester"]

MANY = """
import pytest
from shop.books.models import Book, make
pytestmark = pytest.mark.django_db

@pytest.mark.parametrize("count", range(4))
def test_parametrised(perflab_budget, count):
    with perflab_budget("entry"):
        for _ in range(count):
            Book.objects.count()

def test_left(perflab_budget):
    with perflab_budget("in {}"):
        Book.objects.count()
"""
KEPT = """
import pytest
from shop.books.models import Book
pytestmark = pytest.mark.django_db

def test_kept(perflab_budget):
    with perflab_budget("kept"):
        Book.objects.count()

@pytest.mark.skipif("os.environ.get('SKIP')")
def test_maybe(perflab_budget):
    with perflab_budget("maybe"):
        pass
"""
IMPORTED = """
import sys, pytest
before = set(sys.modules)
import perflab.worker.budget.plugin
print(*sorted(set(sys.modules) - before))
"""


def test_two_processes_write_one_file(pytester: pytest.Pytester) -> None:
    write(pytester.path, FILES | {f"test_{name}.py": MANY.format(name) for name in "ab"})
    ran = run(pytester, "-p", "xdist", "-n", "2")
    ran.assert_outcomes(passed=10)
    ran.stdout.fnmatch_lines(["test_a.budget.toml: 5 entries written, *", "test_b.budget.toml: 5 entries written, *"])
    pinned = {f"entry[{count}]": count for count in range(4)}
    for name in "ab":
        data = tomllib.loads((pytester.path / f"test_{name}.budget.toml").read_text())
        assert {key: entry["queries"] for key, entry in data.items()} == pinned | {f"in {name}": 1}
    assert not [*pytester.path.glob(".*toml*")], "neither a lock nor a half-written file stays"


def test_missing_and_unused_entries(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    write(pytester.path, FILES | {"test_kept.py": KEPT})
    file = pytester.path / "test_kept.budget.toml"
    missing = run(pytester, "--deselect", "test_kept.py::test_maybe", ci=True)
    missing.assert_outcomes(failed=1, deselected=1)
    missing.stdout.fnmatch_lines(
        ["kept is not in test_kept.budget.toml; write it with: pytest --perflab-budget=update test_kept.py::test_kept"]
    )
    assert not file.exists()

    file.write_text('["gone"]\nqueries = 3\nsql = []\n\n["kept"]\nqueries = 1\nsql = ["1 x SELECT ... FROM then"]\n')
    whole = run(pytester)
    whole.assert_outcomes(passed=2)
    whole.stdout.fnmatch_lines(
        [
            "test_kept.budget.toml: 1 entry written, to be committed: maybe",
            "test_kept.budget.toml: 1 entry used by no test (--perflab-budget=update removes them): gone",
            "test_kept.budget.toml: as many queries as pinned, but other SQL (*): kept",
        ]
    )
    with monkeypatch.context() as patch:
        patch.setenv("SKIP", "1")
        run(pytester).stdout.no_fnmatch_line("*used by no test*")
    update = run(pytester, "-p", "xdist", "-n", "1", "--perflab-budget=update")
    update.stdout.fnmatch_lines(["test_kept.budget.toml: 1 entry removed: gone"])
    data = tomllib.loads(file.read_text())
    assert {name: entry["sql"] for name, entry in data.items()} == {
        "kept": ["1 x SELECT COUNT(*) AS __count FROM books_book"], "maybe": [],
    }  # fmt: skip


def test_a_session_without_it_imports_one_module() -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(PERFLAB).parents[1])}
    ran = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, env=environment)
    others = [n for n in ran.stdout.split() if n not in ("perflab", "perflab.worker", "perflab.worker.budget")]
    assert others == ["perflab.worker.budget.plugin"]


def test_its_modes_are_the_sessions() -> None:
    assert plugin.MODES == (session.WRITE, session.CHECK, session.UPDATE)


def test_pytest_is_told_of_it(pytestconfig: pytest.Config) -> None:
    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"perflab": plugin.__name__}


def test_it_is_off_in_this_suite(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.is_blocked("perflab")
    assert pytestconfig.getoption("perflab_budget", None) is None
