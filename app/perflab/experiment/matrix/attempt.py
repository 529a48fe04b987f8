"""One point on a worker's machine: its command in a process of its own, and the saved run as an archive in the outbox.

The command is started by the supervisor of servers, which interrupts it as Ctrl-C does when this process ends, however that
comes about, and kills what is left three seconds later. What the command saved until then is removed by the next attempt.
A point whose run is in the outbox is not run again: its result was lost on the way, or whoever started the matrix had gone.

    <matrix>/inputs/<point>/<scenario>.yaml     what is run; it stays, to repeat a point
    <matrix>/attempts/<point>.<pid>/            what a command has saved so far
    <matrix>/outbox/<point>.tar, .json          a whole run that was not fetched yet
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from perflab import __version__
from perflab.errors import InputError, PerflabError, clean
from perflab.experiment.matrix import archive
from perflab.experiment.matrix.plan import Plan, Point, revision_of
from perflab.run.store import REPORTS_VARIABLE, reports_of
from perflab.run.writer import read_json, write_json, write_text
from perflab.servers.ownership import is_abandoned, read_signature, signature
from perflab.servers.supervision import supervisor
from perflab.servers.supervision.lock import hold

MATRICES = "matrix"
OWNER = ".owner"
LONGEST_REASON = 400


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        point: The point's id.
        machine: The name of the machine.
        seconds: How long it took.
        reason: Why it failed; None if there is a whole run.
        archive: The path of the archive on that machine.
        sha256: The archive's digest.
        worker: The address of the worker.
    """

    point: str
    machine: str
    seconds: float
    reason: str | None = None
    archive: str = ""
    sha256: str = ""
    worker: str = ""


def folder_of(project: Path, name: str) -> Path:
    """Return the folder of a matrix, which is in that of the project's reports.

    Args:
        project: The project's root.
        name: The matrix's name.
    """
    return reports_of(project) / MATRICES / name


def check_machine(plan: Plan) -> None:
    """Check that this machine has the checkout and the perflab that a matrix is about. Costs three calls of git.

    Args:
        plan: The matrix.

    Raises:
        InputError: It has not.
    """
    project, host = Path(plan.project), socket.gethostname()
    if not project.is_dir():
        raise InputError(
            f"the machine {host} has no folder {project}", hint="name the checkout on workers by --project"
        )
    if plan.version != __version__:
        raise InputError(
            f"the machine {host} has perflab {__version__}, and the matrix was begun by {plan.version}",
            hint="install the same version everywhere",
        )
    revision = revision_of(project)
    if revision != plan.revision:
        raise InputError(
            f"the machine {host} has the revision {revision}, and the matrix is about {plan.revision}",
            hint="check out the same revision everywhere",
        )


def perform(plan: Plan, point: Point, worker: str = "", machine: str | None = None) -> Outcome:
    """Run a point, unless its run is in the outbox already; never raises what is wrong with the point itself.

    Args:
        plan: The matrix.
        point: The point.
        worker: The address of this worker.
        machine: The name of this machine; that of the host if None.
    """
    began = time.monotonic()
    host = machine or socket.gethostname()
    folder = folder_of(Path(plan.project), plan.name)
    outbox, attempt = folder / "outbox", folder / "attempts" / f"{point.id}.{os.getpid()}"
    try:
        outbox.mkdir(parents=True, exist_ok=True)
        # A worker that was left behind by an earlier command may be at the same point.
        with hold(outbox / f"{point.id}.lock", f"the point {point.id} of the matrix {plan.name}"):
            if (done := _in_outbox(plan, outbox, point.id)) is not None:
                return Outcome(**{**done, "worker": worker})
            run = _run(plan, point, folder, attempt)
            target = outbox / f"{point.id}.tar"
            archive.pack(run, target)
            seconds = time.monotonic() - began
            outcome = Outcome(point.id, host, seconds, None, str(target), archive.digest_of(target), worker)
            write_json(target.with_suffix(".json"), {**asdict(outcome), "identity": plan.identity})
            return outcome
    except (PerflabError, OSError) as error:
        return Outcome(point.id, host, time.monotonic() - began, clean(str(error))[:LONGEST_REASON], worker=worker)
    finally:
        shutil.rmtree(attempt, ignore_errors=True)
        tidy(folder)


def write_input(plan: Plan, point: Point, folder: Path) -> Path:
    """Write the scenario of a point, which its run names, and return the file.

    Args:
        plan: The matrix.
        point: The point.
        folder: The matrix's folder.
    """
    scenario = folder / "inputs" / point.id / f"{plan.stem}.yaml"
    write_text(scenario, point.scenario)
    return scenario


def discard(project: str, name: str, done: Collection[str]) -> None:
    """Remove from this machine's outbox what has been fetched, and what processes that are gone have left.

    Args:
        project: The project's root.
        name: The matrix's name.
        done: The ids of the points that are done.
    """
    folder = folder_of(Path(project), name)
    for point in done:
        for suffix in ("json", "tar", "lock"):  # the manifest first: without it, an archive counts as unfinished
            (folder / "outbox" / f"{point}.{suffix}").unlink(missing_ok=True)
    tidy(folder)


def tidy(folder: Path) -> None:
    """Remove the attempts of processes that are gone, and folders that are empty.

    Args:
        folder: The matrix's folder.
    """
    for owner in folder.glob(f"attempts/*/{OWNER}"):
        try:
            if is_abandoned(read_signature(owner.read_text(encoding="utf-8"))):
                shutil.rmtree(owner.parent, ignore_errors=True)
        except OSError:
            continue  # another process was faster
    for name in ("attempts", "outbox"):
        try:
            (folder / name).rmdir()
        except OSError:
            pass  # there is something in it


def _in_outbox(plan: Plan, outbox: Path, point: str) -> dict[str, Any] | None:
    """Return the outcome of a point whose run is here, whole and of the same matrix."""
    manifest, target = read_json(outbox / f"{point}.json"), outbox / f"{point}.tar"
    if manifest.pop("identity", None) != plan.identity or not target.is_file():
        return None
    return manifest if archive.digest_of(target) == manifest.get("sha256") else None


def _run(plan: Plan, point: Point, folder: Path, attempt: Path) -> Path:
    """Run a point's command to its end, and return the folder of the run that it saved.

    Raises:
        PerflabError: It failed, or did not save one whole run.
    """
    scenario = write_input(plan, point, folder)
    shutil.rmtree(attempt, ignore_errors=True)  # of an earlier process with this pid
    write_text(attempt / OWNER, signature())
    names = {"python": sys.executable, "scenario": str(scenario), "profile": plan.profile}
    words = [word.format(**names) for word in plan.command]
    for pair in (*plan.parameters, *point.parameters):
        words += ["-p", pair]
    log = attempt / "log"
    code = _supervised(words, Path(plan.project), log, {REPORTS_VARIABLE: str(attempt / "reports")})
    runs = [path.parent for path in attempt.glob("reports/*/*/run.json")]
    if code:
        raise PerflabError(_reason(log, code))
    if len(runs) != 1 or read_json(runs[0] / "run.json").get("status") != "complete":
        raise PerflabError(f"the command saved {len(runs)} runs, and not one that is complete")
    return runs[0]


def _supervised(words: list[str], project: Path, log: Path, variables: dict[str, str]) -> int:
    """Run a command that does not outlive this process, and return its exit code."""
    plan = {
        "command": words, "uid": None, "gid": None, "parent": os.getpid(), "umask": -1,
        "graceful": int(signal.SIGINT), "immediate": int(signal.SIGINT),
    }  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", supervisor.__file__, json.dumps(plan)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=output, cwd=project,
            env={**os.environ, **variables}, start_new_session=True,
        )  # fmt: skip
    with process:
        return process.wait()


def _reason(log: Path, code: int) -> str:
    """Return the last line of a command's log that says something."""
    try:
        lines = [clean(line) for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        lines = []
    said_last = next((line for line in reversed(lines) if line), "")
    return said_last.removeprefix("perflab: ") or f"the command ended with exit status {code}"
