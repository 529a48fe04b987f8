"""The processes of both sides: each has its project set up, with all guards, for as long as the run lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from perflab.errors import InputError
from perflab.experiment.isolate import outside
from perflab.experiment.observe import code
from perflab.experiment.revisions.migrating import migration_names
from perflab.experiment.revisions.sides import Sides, sides_of
from perflab.scenario.models import Scenario
from perflab.scenario.project_checks import check_project, problems_of
from perflab.scenario.source import Problem
from perflab.scenario.subject import calls
from perflab.scenario.subject.tables import MODELS


@dataclass(frozen=True)
class Projects:
    """Hold the process of each side.

    Attributes:
        sides: Both sides.
        on: The process of `on`; functions of the project run in the one of `off` unless told otherwise.
    """

    sides: Sides
    on: Any

    @contextmanager
    def at(self, level: str) -> Iterator[None]:
        """Let functions of the project run on one side for a while.

        Args:
            level: `off` or `on`.
        """
        with calls.running_in(self.on) if level == "on" else nullcontext():
            yield


def opened(
    scenario: Scenario, stack: ExitStack, say: Callable[[str], None] = lambda text: None
) -> tuple[Scenario, Projects | None]:
    """Set the project up, with all guards; with a factor of the kind `code`, that of both sides.

    Args:
        scenario: The scenario.
        stack: Ends it.
        say: Told before packages are installed.

    Returns:
        The scenario with the code of `off` as its subject, and both sides; without such a factor, the scenario itself and None.

    Raises:
        InputError: The code of a side cannot be had, or is not what is imported.
        SubjectError: The project cannot be set up.
    """
    scenario, sides = stack.enter_context(sides_of(scenario, say))
    if sides is None:
        stack.enter_context(outside.guarded(scenario))
        return scenario, None
    stack.enter_context(outside.guarded(sides.scenarios["on"]))
    on = calls.current()
    stack.enter_context(outside.guarded(scenario))
    projects = Projects(sides, on)
    _check_origin(projects)
    return scenario, projects


def _check_origin(projects: Projects) -> None:
    """Find out whether each side has imported its own code: a project that is installed as editable is the checkout's.

    Raises:
        InputError: A module comes from the checkout itself, so that both sides would be the same.
    """
    for level, tree in projects.sides.trees.items():
        with projects.at(level):
            strays = sorted(code.hashes(projects.sides.repository))
        if strays:
            raise InputError(
                f"{tree.label}: {strays[0]} is imported from the checkout itself, and not from that revision",
                where=projects.sides.scenarios[level].source.where(("subject",)),
                hint="if the project is installed as editable, name its source folder under `path` in `subject`, such as src",
            )


def checked(scenario: Scenario, projects: Projects | None, database: str | None) -> tuple[Scenario, list[str]]:
    """Check the project, or both sides; return the scenario without the endpoints that one of them lacks, and the remarks.

    Args:
        scenario: The scenario.
        projects: Both sides; None if the project has no other.
        database: What it is measured on: `postgresql` or `sqlite`.

    Raises:
        InputError: The project lacks something else, or every endpoint; or the data cannot be migrated to the code of `on`.
    """
    if projects is None:
        check_project(scenario, database)
        return scenario, []
    _check_migrations(scenario, projects)
    left_out: dict[str, str] = {}
    endpoints = list(scenario.traffic.endpoints)
    for level, tree in projects.sides.trees.items():
        with projects.at(level):
            problems = problems_of(projects.sides.scenarios[level], database)
        for problem in problems:
            name = _endpoint_of(problem, [endpoint.name for endpoint in endpoints])
            if name is None or len(left_out) == len(endpoints) - 1:
                where = scenario.source.where(problem.place)
                raise InputError(f"{tree.label}: {problem.what}", where=where, hint=problem.hint)
            left_out.setdefault(name, f"{name} is left out, because {tree.label} lacks it: {problem.what}")
    if not left_out:
        return scenario, list(projects.sides.remarks)
    kept = [
        endpoint.model_copy(update={"affects": [name for name in endpoint.affects if name not in left_out]})
        for endpoint in endpoints
        if endpoint.name not in left_out
    ]
    traffic = scenario.traffic.model_copy(update={"endpoints": kept})
    return scenario.model_copy(update={"traffic": traffic}), [*left_out.values(), *projects.sides.remarks]


def new_migrations(projects: Projects) -> list[str]:
    """Return the migrations that only the side `on` has.

    Args:
        projects: Both sides.

    Raises:
        InputError: The side `off` has some that `on` lacks: data cannot be migrated backwards.
    """
    off = set(migration_names())
    with projects.at("on"):
        on = set(migration_names())
    if lost := sorted(off - on):
        labels = {level: tree.label for level, tree in projects.sides.trees.items()}
        raise InputError(
            f"{labels['off']} has migrations that {labels['on']} lacks: {', '.join(lost[:3])}{' ...' if len(lost) > 3 else ''}",
            hint="data can only be migrated forward: name the older side `off`, or compare with the merge base of both",
        )
    return sorted(on - off)


def _check_migrations(scenario: Scenario, projects: Projects) -> None:
    """Find out whether the data of `off` can be brought to the schema of `on`."""
    missing = new_migrations(projects)
    if missing and scenario.data.schema_ == MODELS:
        raise InputError(
            f"the revisions differ by the migration {missing[0]}, and `data.schema: models` runs none",
            where=scenario.source.where(("data", "schema")),
            hint="write `schema: migrations`, which is the default: only tables made by migrations can be migrated",
        )


def _endpoint_of(problem: Problem, names: list[str]) -> str | None:
    """Return the endpoint that a problem is about; None if it is about something else."""
    place = problem.place
    is_endpoint = len(place) > 2 and place[:2] == ("traffic", "endpoints") and isinstance(place[2], int)
    return names[int(place[2])] if is_endpoint else None
