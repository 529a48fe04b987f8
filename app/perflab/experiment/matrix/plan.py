"""What a matrix consists of: its points, where they are kept, and what all of them have in common."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab import __version__
from perflab.errors import InputError
from perflab.experiment.host import git_revision
from perflab.experiment.revisions.trees import git
from perflab.run.writer import read_json, write_json

FILE = "plan.json"
# Names of folders and files are made of the values, which may hold anything.
LONGEST_SLUG = 60
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
# The command of a point. A worker's machine fills in the braces.
COMMAND = ("{python}", "-m", "perflab", "run", "{scenario}", "--quiet", "--profile", "{profile}")


@dataclass(frozen=True)
class Point:
    """One point of a matrix: a run.

    Attributes:
        id: Its name, that of its folder.
        values: The value of each key, in the order of the dimensions.
        scenario: The text of its scenario.
        parameters: `NAME=VALUE` of the run.
        machine: The only machine that may run it; None for any.
    """

    id: str
    values: tuple[tuple[str, Any], ...]
    scenario: str
    parameters: tuple[str, ...] = ()
    machine: str | None = None

    def on(self, machine: str) -> Point:
        """Return the same point for one machine only.

        Args:
            machine: The machine's name.
        """
        return point(self.values, self.scenario, self.parameters, machine)


@dataclass(frozen=True)
class Plan:
    """A matrix as it was started.

    Attributes:
        name: Its name, that of its folder.
        scenario: The file of the scenario, relative to the project.
        profile: The profile.
        project: The project's root on the machines that run points.
        revision: The revision of the project, see `revision_of`; None outside a repository.
        digest: The SHA-256 of the scenario's text.
        parameters: `NAME=VALUE` of all points.
        dimensions: The keys and their values, for the page.
        command: The command of a point.
        version: The version of perflab that began it.
    """

    name: str
    scenario: str
    profile: str
    project: str
    revision: str | None
    digest: str
    parameters: tuple[str, ...] = ()
    dimensions: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    command: tuple[str, ...] = COMMAND
    version: str = __version__

    @property
    def stem(self) -> str:
        """The scenario's name."""
        return Path(self.scenario).stem

    def common(self) -> dict[str, Any]:
        """Return what all points of a matrix have in common: with a change of it, points cannot be compared."""
        return {
            "scenario": self.scenario,
            "scenario_sha256": self.digest,
            "profile": self.profile,
            "parameters": list(self.parameters),
            "revision": self.revision,
            "perflab": self.version,
        }

    @property
    def identity(self) -> str:
        """The SHA-256 of what all points have in common."""
        return hashlib.sha256(json.dumps(self.common(), sort_keys=True).encode()).hexdigest()


def point(
    values: Sequence[tuple[str, Any]], scenario: str, parameters: Sequence[str], machine: str | None = None
) -> Point:
    """Return a point, named by its values: readable, and unique by a part of their digest.

    Args:
        values: The value of each key.
        scenario: The text of its scenario.
        parameters: `NAME=VALUE` of the run.
        machine: The only machine that may run it.
    """
    words = [
        f"{key.rpartition('.')[2]}-{value if isinstance(value, str) else json.dumps(value)}" for key, value in values
    ]
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", "-".join([*words, *([machine] if machine else [])])).strip("-.")
    content = json.dumps([sorted(values), machine] if machine else sorted(values), sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return Point(f"{slug[:LONGEST_SLUG] or 'point'}-{digest}", tuple(values), scenario, tuple(parameters), machine)


def begin(plan: Plan, folder: Path) -> None:
    """Write what a matrix is, or check that the one of this name is the same.

    Args:
        plan: The matrix.
        folder: Its folder.

    Raises:
        InputError: There is a matrix of this name with another scenario, profile, parameter, revision or version of perflab.
    """
    before: Mapping[str, Any] = read_json(folder / FILE)
    common = plan.common()
    for key, value in common.items() if before else ():
        if before.get(key) != value:
            title = {"scenario_sha256": "text of the scenario", "revision": "revision of the project"}.get(key, key)
            raise InputError(
                f"the matrix {plan.name} was begun with another {title}, and its points would not be comparable",
                where=str(folder),
                hint="choose another --name, or delete that folder",
            )
    if not before and (folder / "points").exists():
        raise InputError(f"the matrix {plan.name} has points but no readable {FILE}", where=str(folder),
                         hint="choose another --name, or delete that folder")  # fmt: skip
    keys = [{"key": key, "values": list(values)} for key, values in plan.dimensions]
    write_json(folder / FILE, {"schema": 1, "name": plan.name, **common, "dimensions": keys})


def revision_of(project: Path) -> str | None:
    """Return the revision of a checkout, with a digest of what is not committed; None outside a repository.

    Costs three calls of git. Files that git does not track do not count.

    Args:
        project: The project's root.
    """
    revision = git_revision(project)
    if revision is None or not revision.endswith("+"):
        return revision
    return revision + hashlib.sha256(git(project, "diff", "HEAD").encode(errors="replace")).hexdigest()[:12]
