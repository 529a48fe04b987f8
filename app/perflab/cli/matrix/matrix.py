"""`perflab matrix`: checks all points, has them run by the workers of a Dask cluster, and writes the page."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perflab import units
from perflab.cli.commands.shared import COMPLETE, WORSE
from perflab.errors import InputError, Interrupted, InUse, ServerError, clean
from perflab.experiment.matrix.attempt import folder_of, write_input
from perflab.experiment.matrix.ledger import Ledger
from perflab.experiment.matrix.plan import COMMAND, NAME, Plan, Point, begin, point, revision_of
from perflab.notebook import progress, project
from perflab.notebook.parameters import from_command_line
from perflab.scenario import grid, profiles
from perflab.servers.supervision.lock import hold

if TYPE_CHECKING:
    from distributed import Client

    from perflab.experiment.matrix.engine import Progress

EXTRA = "pip install 'perflab[matrix]'"
PHASE = "points"
FIRST_WORKER_S = 30


@dataclass(frozen=True)
class Request:
    """What the command line asks for.

    Attributes:
        scenario: The scenario's file.
        over: The dimensions, as `KEY=V1,V2,...`.
        profile: The profile of all points.
        parameters: Overrides of all points, as `NAME=VALUE`.
        name: The matrix's name; the scenario's if None.
        scheduler: The address of a Dask scheduler; None starts a cluster on this machine.
        project: The project's root on the machines of the workers; the same as here if None.
        every_machine: Whether each point runs on each machine.
        command: The command of a point.
    """

    scenario: Path
    over: Sequence[str]
    profile: str = "default"
    parameters: Sequence[str] = ()
    name: str | None = None
    scheduler: str | None = None
    project: Path | None = None
    every_machine: bool = False
    command: Sequence[str] = COMMAND


@dataclass(frozen=True)
class Outcome:
    """How a matrix ended: what to print, and its exit code."""

    text: str
    code: int


def matrix(request: Request, *, quiet: bool = False) -> Outcome:
    """Run all points of a matrix that are not done, and write its page.

    All points are checked before anything starts. A run that is done stays, however this ends.

    Args:
        request: What the command line asks for.
        quiet: Show no progress.

    Raises:
        InputError: A point is invalid, Dask is not installed, or the matrix of this name is another one.
        ServerError: There is no scheduler at the address, or it has gone.
        Interrupted: The user stopped it.
    """
    root = project.root_of_scenario(request.scenario)
    plan, points = planned(request, root)
    folder = folder_of(root, plan.name)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        from perflab.experiment.matrix import cluster  # Dask, a second
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("distributed", "dask"):
            raise
        raise InputError("perflab matrix needs Dask, which is not installed", hint=EXTRA) from None
    try:
        with hold(folder / "lock", f"the matrix {plan.name}", timeout_s=0):
            begin(plan, folder)
            for each in points:
                write_input(plan, each, folder)
            try:
                with cluster.connected(request.scheduler) as client:
                    ended = _run(client, plan, points, folder, request, quiet=quiet)
            except KeyboardInterrupt:
                hint = "run the same command again: what is done stays"
                raise Interrupted("the matrix was stopped by the user", hint=hint) from None
            finally:
                page = _page(folder)
    except InUse as error:
        raise InUse(f"the matrix {plan.name} is {error.what}", hint=error.hint) from None
    return Outcome(
        "\n".join(["", *_closing(folder), "", project.display_path(page)]), WORSE if ended.failed else COMPLETE
    )


def planned(request: Request, root: Path) -> tuple[Plan, list[Point]]:
    """Return the plan and the points that a command line asks for, all of them valid.

    Args:
        request: What the command line asks for.
        root: The project's root.

    Raises:
        InputError: A point, a parameter or the name is invalid.
    """
    if not request.over:
        raise InputError("a matrix varies at least one key", hint="write --over traffic.zipf=0.6,1,1.4")
    read = grid.dimensions(request.over)
    points = []
    for variant in grid.variants(request.scenario, request.profile, read):
        values = from_command_line([*request.parameters, *variant.pairs])
        overrides = {name: value for name, value in values.items() if name != "seed"}
        profiles.resolve(variant.scenario, request.profile, overrides)
        points.append(point(variant.values, variant.text, variant.pairs))
    name = request.name or request.scenario.stem
    if not NAME.fullmatch(name):
        hint = "begin with a letter or digit, then up to 79 letters, digits, ., _ or -"
        raise InputError(f"the name {clean(name)!r} of the matrix is malformed", hint=hint)
    plan = Plan(
        name=name,
        scenario=project.public_path(request.scenario, root),
        profile=request.profile,
        project=str(request.project or root.resolve()),
        revision=revision_of(root),
        digest=hashlib.sha256(request.scenario.read_bytes()).hexdigest(),
        parameters=tuple(request.parameters),
        dimensions=tuple((dimension.key, dimension.values) for dimension in read),
        command=tuple(request.command),
    )
    return plan, points


def _run(client: Client, plan: Plan, points: list[Point], folder: Path, request: Request, *, quiet: bool) -> Progress:
    """Run the points, and show how far they are."""
    from perflab.experiment.matrix import cluster
    from perflab.experiment.matrix.engine import Engine

    if request.every_machine:
        machines = cluster.machines(client, FIRST_WORKER_S)
        if not machines:
            hint = "start one on each machine: dask worker ... --resources lab=1"
            raise ServerError("there is no worker with the resource lab=1", where=request.scheduler, hint=hint)
        points = [each.on(machine) for each, machine in itertools.product(points, machines)]
    dashboard = cluster.dashboard_of(client)
    display = progress.display(quiet=quiet)

    def show(state: Progress) -> None:
        display.show({
            "event": "progress", "phase": PHASE, "done": state.done + state.failed, "total": state.total,
            "eta_s": state.left_s, "text": _text(state, dashboard),
        })  # fmt: skip

    try:
        return Engine(client, plan, Ledger(folder), show).run(points)
    finally:
        display.close()


def _text(state: Progress, dashboard: str | None) -> str:
    """Return how far a matrix is, beside the bar."""
    texts = [f"{state.done} of {units.counted(state.total, 'point')} done"]
    texts += [f"{state.failed} failed"] if state.failed else []
    texts += [f"{state.running} running" if state.workers else "waiting for a worker"] if state.running else []
    return " · ".join([*texts, *([dashboard] if dashboard else [])])


def _page(folder: Path) -> Path:
    from perflab.report.matrix import page  # markupsafe and the page's templates

    return page.write(folder)


def _closing(folder: Path) -> list[str]:
    """Return what to print last: a sentence for each claim, and why points failed."""
    from perflab.report.matrix.points import place, read
    from perflab.report.matrix.verdicts import disagreements, flips, sentence

    saved = read(folder)
    lines = []
    for name, claim in saved.claims.items():
        sentences = [sentence(saved, name), *flips(saved, name), *disagreements(saved, name)]
        lines.append(clean(f"{claim.statement}: {' '.join(sentences)}"))
    failed = [each for each in saved.points if each.state == "failed"]
    return [*lines, *(clean(f"{place(each.values)} failed: {each.reason}") for each in failed)]
