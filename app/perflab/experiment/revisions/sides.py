"""The project of each side of a `code` factor: its folder, its interpreter, and what the other side has not."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.experiment.revisions.trees import Tree, root_of, tree_of
from perflab.scenario.factors.code import Code, CodeFactor
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
    """

    factor: CodeFactor
    trees: Mapping[str, Tree]
    scenarios: Mapping[str, Scenario]
    repository: Path
    remarks: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""
        levels = {
            level: {"label": tree.label, "revision": tree.revision, "changed": tree.is_changed}
            for level, tree in self.trees.items()
        }
        return {"factor": self.factor.name, **levels, "remarks": list(self.remarks)}


def code_factor(scenario: Scenario) -> CodeFactor | None:
    """Return the scenario's factor of the kind `code`; None if it has none."""
    return next((factor for factor in scenario.factors if isinstance(factor, CodeFactor)), None)


@contextmanager
def sides_of(scenario: Scenario) -> Iterator[tuple[Scenario, Sides | None]]:
    """Put the code of both sides into folders of their own for a while, which costs a copy of the files of each.

    Args:
        scenario: The scenario.

    Yields:
        The scenario with the code of `off` as its subject, and both sides; without a factor of the kind `code`, the scenario
        itself and None.

    Raises:
        InputError: There is no such revision, a patch does not apply, or the project is in no git repository.
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
        except InputError as error:
            raise InputError(error.what, where=scenario.source.where(place), hint=error.hint) from error
        for tree in trees.values():
            _lay_over(scenario, project, repository, tree.folder)
        codes = {"off": factor.off, "on": factor.on}
        scenarios = {
            level: scenario.model_copy(
                update={"subject": subject_of(scenario.subject, codes[level], repository, project, tree.folder)}
            )
            for level, tree in trees.items()
        }
        remarks = [f"{tree.label}: {remark}" for tree in trees.values() for remark in tree.remarks]
        remarks += _packages(scenarios, trees)
        yield scenarios["off"], Sides(factor, trees, scenarios, repository, tuple(remarks))
    finally:
        home.remove()


def subject_of(subject: Subject, code: Code, repository: Path, project: Path, tree: Path) -> Subject:
    """Return the project as it is in a tree: every folder of it that is in the repository is the tree's.

    Args:
        subject: The scenario's subject.
        code: The side.
        repository: The root of the repository.
        project: The folder that the project runs in.
        tree: The root of the side's files.
    """

    def moved(path: Path) -> str:
        inside = path.is_relative_to(repository)
        return str(tree / path.relative_to(repository) if inside else path)

    python = code.python or subject.python
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


def _packages(scenarios: Mapping[str, Scenario], trees: Mapping[str, Tree]) -> Iterator[str]:
    """Yield a remark if the sides need other packages and have the same interpreter."""
    if len({scenario.subject.python for scenario in scenarios.values()}) > 1:
        return
    digests = [_requirements(trees[level].folder) for level in ("off", "on")]
    differing = sorted(name for name in {*digests[0], *digests[1]} if digests[0].get(name) != digests[1].get(name))
    if differing:
        yield (
            f"{', '.join(differing)} differ{'s' if len(differing) == 1 else ''} between the revisions, and both run with the "
            "same packages: name an environment for each, as `python` under `off` and `on`"
        )


def _requirements(tree: Path) -> dict[str, str]:
    return {
        str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in REQUIREMENTS
        for path in tree.glob(pattern)
        if path.is_file()
    }
