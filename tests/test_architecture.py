"""The shape of the source tree: few names in a folder, short modules, no import circle, one test file for each module."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
APP = PROJECT / "app"
PERFLAB = APP / "perflab"
TESTS = PROJECT / "tests" / "perflab"

MAX_NAMES = 12
MAX_LINES = 300
# What every package of its kind has, or what is no package of Python's.
AT_THE_TOP = {"__init__.py", "__main__.py", "errors.py", "units.py", "py.typed", "management"}
# One file a section or a figure: there may be as many as the page has.
LONG_LISTS = {PERFLAB / "report" / "sections", PERFLAB / "report" / "figures", PERFLAB / "scenario" / "factors"}
# The docstring of a command is its --help, and a cache's methods are Django's.
DOCUMENTED_ELSEWHERE = {*(PERFLAB / "cli" / "commands").glob("*.py"), PERFLAB / "worker" / "switched_off.py"}
# Names of variables that could hold anything.
SAYING_NOTHING = {"asked", "found", "known", "mine", "one", "said", "told"}
# A table as long as the schema that it makes.
LONG_MODULES = {APP / "marketplace" / "migrations" / "0001_initial.py"}

# Modules without a test file of their own, and where their behaviour is tested instead.
TESTED_ELSEWHERE: dict[str, str] = {
    "analysis/gate/check.py": "a record and its sentence: test_exact.py and test_timed.py read both",
    "cli/commands/machine.py": "cli/test_main.py and cli/test_doctor.py call the commands",
    "cli/commands/production.py": "cli/production/test_confirm.py and test_export.py call the commands",
    "cli/commands/runs.py": "cli/test_main.py, cli/test_run.py and cli/test_compare.py call the commands",
    "cli/commands/scenarios.py": "cli/test_main.py and cli/test_check.py call the commands",
    "cli/commands/shared.py": "constants; cli/test_main.py checks the exit codes",
    "cli/commands/revisions.py": "cli/revisions/test_duel.py",
    "experiment/revisions/migrating.py": "cases/test_revisions.py, by a whole run",
    "experiment/revisions/preparing.py": "cases/test_revisions.py, by a whole run",
    "experiment/revisions/projects.py": "cases/test_revisions.py, by a whole run",
    "management/commands/perflab.py": "cli/test_main.py calls the command as Django does",
    "report/comparison/page.py": "comparison/test_comparison.py reads the page; tests/browser opens it",
    "report/comparison/text.py": "comparison/test_comparison.py and cli/test_compare.py",
    "report/figures/attribution.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/before_after.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/controls.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/cpu.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/cpu_by_cell.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/cpu_by_endpoint.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/distribution.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/heat.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/queries.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/figures/service_time.py": "figures/test_figures.py draws it, figures/test_findings.py reads its headline",
    "report/first_page/action.py": "a record: first_page/test_actions.py and test_switch_actions.py read it",
    "report/first_page/hero.py": "report/test_page.py and first_page/test_headlines.py",
    "scenario/endpoint_params.py": "scenario/test_project_checks.py and workload/test_build.py",
    "scenario/lookups.py": "scenario/test_project_checks.py",
    "run/tables/declaring.py": "run/tables/test_init.py, by every table",
    "run/tables/capacity.py": "declarations: run/tables/test_init.py, as of all tables",
    "scenario/keys/expect.py": "declarations: scenario/test_rules.py and report/comment/test_within_run.py",
    "scenario/keys/profile.py": "declarations: scenario/test_profiles.py and notebook/test_parameters.py",
    "scenario/keys/subject.py": "declarations: scenario/subject/test_surroundings.py and scenario/test_loading.py",
    "scenario/models.py": "declarations: scenario/test_loading.py and output/test_schema.py",
    "scenario/traffic.py": "declarations: scenario/test_rules.py, output/test_schema.py and workload/test_bodies.py",
    "seeding/copying/catalogue.py": "copying/test_postgres.py reads one",
    "seeding/copying/migrations.py": "sources/test_database.py copies databases that lack some, and that are ahead",
    "seeding/description/facts.py": "records: description/test_handing.py fills them",
    "seeding/description/held.py": "description/test_standins.py and test_handing.py",
    "seeding/loading/drawing.py": "loading/test_copy.py and test_insert.py, on both databases",
    "seeding/sources/base.py": "an interface; sources/test_init.py and the sources' own tests",
    "seeding/sources/counted.py": "sources/test_command.py, test_fixtures.py and test_database.py count rows by it",
    "seeding/sources/described.py": "test_seed.py makes data by it",
    "seeding/spec.py": "seeding/test_seed.py and test_digest.py",
    "seeding/table.py": "seeding/test_archetypes.py",
    "servers/opening.py": "servers/test_external.py and test_choice.py",
    "servers/supervision/supervised.py": "supervision/test_guard.py, test_postgres.py and valkey/test_private.py",
    "servers/valkey/base.py": "valkey/test_private.py and test_external.py, for both kinds",
    "worker/budget/recording.py": "budget/test_budgets.py: a project's tests record their queries",
    "worker/probes/base.py": "probes/test_init.py holds every probe to it",
    "worker/probes/cache/commands.py": "cache/test_clients.py sends every command",
    "worker/probes/operation.py": "a record: cache/test_counting.py and test_detail.py fill it",
    "worker/protocol.py": "messages: worker/test_process.py and test_handle.py send all of them",
    "workload/people.py": "workload/test_build.py",
}
# Test files that belong to no single module, and what they are about.
ABOUT_SEVERAL: dict[str, str] = {
    "analysis/caching/test_simulation.py": "the simulation that the closed form is held against",
    "analysis/caching/test_simulation_of_traces.py": "the simulation, on traces drawn from a database",
    "analysis/confirm/test_simulation.py": "how often the verdicts on simulated days are right",
    "experiment/test_run_on_sqlite.py": "run.py on SQLite: another run, with its own fixtures",
    "report/figures/test_figures.py": "what holds of every figure",
    "report/figures/test_findings.py": "the headline of every figure",
    "report/test_hostile.py": "what a project's own texts could do to any part of the page",
    "report/test_report.py": "the package's own functions",
    "scenario/test_marketplace.py": "scenarios/marketplace.yaml",
    "test_notebooks.py": "all notebooks",
}


def modules(root: Path) -> Iterator[Path]:
    """The Python files below a folder, without compiled and linked ones."""
    yield from (path for path in sorted(root.rglob("*.py")) if "notebooks" not in path.parts)


def packages(root: Path) -> list[Path]:
    return sorted({path.parent for path in modules(root)})


# -- size ----------------------------------------------------------------------------------------------------------


def test_few_names_stand_at_the_top() -> None:
    names = {path.name for path in PERFLAB.iterdir() if path.name != "__pycache__"} - AT_THE_TOP
    assert len(names) <= MAX_NAMES, sorted(names)
    assert all((PERFLAB / name).is_dir() for name in names), "a module belongs to one of the packages"


@pytest.mark.parametrize("folder", packages(PERFLAB), ids=lambda folder: str(folder.relative_to(APP)))
def test_a_folder_has_few_modules(folder: Path) -> None:
    names = sorted(path.name for path in folder.glob("*.py") if path.name != "__init__.py")
    assert len(names) <= MAX_NAMES or folder in LONG_LISTS, names


def test_no_module_is_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(APP)}
    long = {path for path, lines in lengths.items() if lines > MAX_LINES}
    assert long - LONG_MODULES == set()


# -- imports -------------------------------------------------------------------------------------------------------


def locals_of(source: str) -> Iterator[tuple[int, str]]:
    """The line and the name of each variable that is assigned in a function or a comprehension."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def test_a_variable_is_named_for_what_it_holds() -> None:
    assert [*locals_of("def f(x):\n    found = [y for y in x]\n")] == [(2, "found"), (2, "y")]
    vague = [
        f"{path.relative_to(PERFLAB)}:{line} {name}"
        for path in modules(PERFLAB)
        for line, name in locals_of(path.read_text(encoding="utf-8"))
        if name in SAYING_NOTHING
    ]
    assert vague == []


def public_functions(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """The functions and methods of a module that others call."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
            if isinstance(child, ast.FunctionDef):
                yield child
            else:
                yield from public_functions(child)


def unnamed(function: ast.FunctionDef) -> list[str]:
    """The parameters that a docstring does not name, of a function with three or more."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    names = [argument.arg for argument in arguments if argument.arg not in ("self", "cls")]
    text = ast.get_docstring(function) or ""
    return [name for name in names if not re.search(rf"\b{name}\b", text)] if text and len(names) >= 3 else []


def test_a_docstring_names_every_parameter_of_three_or_more() -> None:
    incomplete = [
        f"{path.relative_to(PERFLAB)} {function.name}: {', '.join(names)}"
        for path in modules(PERFLAB)
        if path not in DOCUMENTED_ELSEWHERE
        for function in public_functions(ast.parse(path.read_text(encoding="utf-8")))
        if (names := unnamed(function))
    ]
    assert incomplete == []
    (function,) = public_functions(ast.parse('def f(a, b, c):\n    """Return a and b."""'))
    assert unnamed(function) == ["c"]


def name_of(path: Path) -> str:
    """The dotted name of a module's file."""
    parts = path.relative_to(APP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, modules: set[str]) -> set[str]:
    """The modules that a file imports anywhere: at its top, inside a function, or for the type checker alone."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names} & modules
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                imported |= {module if module in modules else node.module} & modules
    return imported


def graph(root: Path) -> dict[str, set[str]]:
    files = {name_of(path): path for path in modules(root)}
    return {name: imports(path, set(files)) - {name} for name, path in files.items()}


@pytest.mark.parametrize("package", ["perflab", "marketplace", "site_config"])
def test_no_module_imports_itself_through_others(package: str) -> None:
    try:
        graphlib.TopologicalSorter(graph(APP / package)).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"an import circle: {' -> '.join(error.args[1])}", pytrace=False)


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("import a.b\nfrom a import c, name\ndef late():\n    from a.d import thing\nimport elsewhere\n")
    assert imports(file, {"a", "a.b", "a.c", "a.d"}) == {"a", "a.b", "a.c", "a.d"}


# -- tests ---------------------------------------------------------------------------------------------------------


def mirror(path: Path) -> Path:
    """The test file of a module: the same folder below tests/perflab, the name with `test_` before it."""
    return TESTS / path.relative_to(PERFLAB).with_name(f"test_{path.name}")


def test_every_module_has_its_test_file() -> None:
    with_code = [path for path in modules(PERFLAB) if path.name not in ("__init__.py", "__main__.py")]
    without = {path.relative_to(PERFLAB).as_posix() for path in with_code if not mirror(path).is_file()}
    assert without - set(TESTED_ELSEWHERE) == set(), "write it, or say above where the behaviour is tested"
    assert set(TESTED_ELSEWHERE) - without == set(), "they have one, or are gone: take them off the list"


def test_every_test_file_has_its_module() -> None:
    mirrors = {mirror(path) for path in modules(PERFLAB)} | {
        mirror(path).with_name("test_init.py") for path in modules(PERFLAB) if path.name == "__init__.py"
    }
    others = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py") if path not in mirrors}
    assert others - set(ABOUT_SEVERAL) == set(), "name it after its module, or say above what it is about"
    assert set(ABOUT_SEVERAL) - others == set(), "they have a module, or are gone: take them off the list"
