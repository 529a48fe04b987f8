"""The project of each side of a `code` factor: its folder, its interpreter, and what the other side has not."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.experiment.revisions.environments import changed_packages, environment
from perflab.experiment.revisions.trees import Tree, root_of, tree_of
from perflab.scenario.factors.code import CodeFactor
from perflab.scenario.keys.subject import Subject
from perflab.scenario.models import Scenario
from perflab.scenario.subject.surroundings import folder_of
from perflab.servers.disk.home import new_run_folder, open_home

# What says which packages a project needs.
REQUIREMENTS = (
    "requirements*.txt", "requirements/*.txt", "pyproject.toml", "setup.cfg", "setup.py", "Pipfile.lock", "poetry.lock",
    "pdm.lock", "uv.lock", "environment.yml",
)  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """Hold both sides of a `code` factor.

    Attributes:
        factor: The factor.
        trees: The code, by the level of the factor.
        scenarios: The scenario, by the level: each with the project of its side as its subject.
        repository: The root of the user's repository.
        remarks: What is to be known about them.
        packages: What differs between their packages; None where they are not made from pins.
    """

    factor: CodeFactor
    trees: Mapping[str, Tree]
    scenarios: Mapping[str, Scenario]
    repository: Path
    remarks: tuple[str, ...] = ()
    packages: tuple[str, ...] | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""
        levels = {
            level: {"label": tree.label, "revision": tree.revision, "changed": tree.is_changed}
            for level, tree in self.trees.items()
        }
        packages = {} if self.packages is None else {"packages": list(self.packages)}
        return {"factor": self.factor.name, **levels, "remarks": list(self.remarks), **packages}


def code_factor(scenario: Scenario) -> CodeFactor | None:
    """Return the scenario's factor of the kind `code`; None if it has none."""
    return next((factor for factor in scenario.factors if isinstance(factor, CodeFactor)), None)


@contextmanager
def sides_of(
    scenario: Scenario, say: Callable[[str], None] = lambda text: None
) -> Iterator[tuple[Scenario, Sides | None]]:
    """Put the code of both sides into folders of their own for a while, which costs a copy of the files of each.

    Args:
        scenario: The scenario.
        say: Told before packages are installed.

    Yields:
        The scenario with the code of `off` as its subject, and both sides; without a factor of the kind `code`, the scenario
        itself and None.

    Raises:
        InputError: There is no such revision, a patch does not apply, the project is in no git repository, or its packages
            cannot be installed.
    """
    factor = code_factor(scenario)
    if factor is None:
        yield scenario, None
        return
    place = ("factors", list(scenario.factors).index(factor))
    home = new_run_folder(open_home(), "code")
    try:
        try:
            project = folder_of(scenario.subject).resolve()
            repository = root_of(project)
            trees = {
                level: tree_of(repository, code, scenario.subject.files, home.path / level)
                for level, code in (("off", factor.off), ("on", factor.on))
            }
            pythons, packages = _environments(scenario, factor, trees, repository, project, say)
        except InputError as error:
            raise InputError(error.what, where=scenario.source.where(place), hint=error.hint) from error
        for tree in trees.values():
            _lay_over(scenario, project, repository, tree.folder)
        scenarios = {
            level: scenario.model_copy(
                update={"subject": subject_of(scenario.subject, pythons[level], repository, project, tree.folder)}
            )
            for level, tree in trees.items()
        }
        remarks = [f"{tree.label}: {remark}" for tree in trees.values() for remark in tree.remarks]
        if packages is None:
            remarks += _same_packages(scenarios, trees)
        yield scenarios["off"], Sides(factor, trees, scenarios, repository, tuple(remarks), packages)
    finally:
        home.remove()


def _environments(
    scenario: Scenario,
    factor: CodeFactor,
    trees: Mapping[str, Tree],
    repository: Path,
    project: Path,
    say: Callable[[str], None],
) -> tuple[dict[str, str | None], tuple[str, ...] | None]:
    """Return the interpreter of each side, and what differs between their packages; None where not both are pinned."""
    pythons, pins = dict[str, str | None](), dict[str, dict[str, str]]()
    for level, code in (("off", factor.off), ("on", factor.on)):
        pythons[level] = code.python or scenario.subject.python
        if code.packages is not None:
            tree = trees[level]
            file = tree.folder / project.relative_to(repository) / code.packages
            python = pythons[level] or sys.executable
            pythons[level], pins[level] = environment(file, tree.label, python, open_home(), say)
    return pythons, tuple(changed_packages(pins["off"], pins["on"])) if len(pins) == len(trees) else None


def subject_of(subject: Subject, python: str | None, repository: Path, project: Path, tree: Path) -> Subject:
    """Return the project as it is in a tree: every folder of it that is in the repository is the tree's.

    Args:
        subject: The scenario's subject.
        python: The interpreter of the side; None is perflab's.
        repository: The root of the repository.
        project: The folder that the project runs in.
        tree: The root of the side's files.
    """

    def moved(path: Path) -> str:
        inside = path.is_relative_to(repository)
        return str(tree / path.relative_to(repository) if inside else path)

    return subject.model_copy(
        update={
            "folder": moved(project),
            "path": [moved(Path(os.path.abspath(project / Path(folder).expanduser()))) for folder in subject.path],
            "python": None if python is None else os.path.abspath(Path(python).expanduser()),
        }
    )


def _lay_over(scenario: Scenario, project: Path, repository: Path, tree: Path) -> None:
    """Let the modules beside the scenario be those of the checkout, such as lab/seeding.py: a revision may be older than it."""
    folder = Path(scenario.path).resolve().parent
    if not folder.is_relative_to(repository) or project.is_relative_to(folder):
        return
    for source in folder.rglob("*.py"):
        target = tree / source.relative_to(repository)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _same_packages(scenarios: Mapping[str, Scenario], trees: Mapping[str, Tree]) -> Iterator[str]:
    """Yield a remark if the sides need other packages and have the same interpreter."""
    if len({scenario.subject.python for scenario in scenarios.values()}) > 1:
        return
    digests = [_requirements(trees[level].folder) for level in ("off", "on")]
    differing = sorted(name for name in {*digests[0], *digests[1]} if digests[0].get(name) != digests[1].get(name))
    if differing:
        yield (
            f"{', '.join(differing)} differ{'s' if len(differing) == 1 else ''} between the revisions, and both run with the "
            "same packages: name the file that pins them (perflab duel --packages FILE), or an environment for each (`python` "
            "under `off` and `on`)"
        )


def _requirements(tree: Path) -> dict[str, str]:
    return {
        str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in REQUIREMENTS
        for path in tree.glob(pattern)
        if path.is_file()
    }
