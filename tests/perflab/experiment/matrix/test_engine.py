"""A matrix on a real scheduler and real workers: whole, and no point twice, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dask
import psutil
import pytest
from distributed import Client

from perflab.errors import InputError, StoreError
from perflab.experiment.matrix import archive, cluster, engine
from perflab.experiment.matrix.attempt import Outcome, folder_of, perform
from perflab.experiment.matrix.engine import Engine, Progress
from perflab.experiment.matrix.ledger import Ledger, Read
from perflab.experiment.matrix.plan import Plan, Point, revision_of
from tests.perflab.experiment.matrix import bed
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path / "journal"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looks come often, and no process is left."""
    monkeypatch.setattr(engine, "POLL_S", 0.05)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield

    def others() -> list[str]:
        now = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
        return [words for child in now if "resource_tracker" not in (words := _words(child))]

    wait_until(lambda: not others(), 15, str(others()))


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "resource_tracker"  # it has just ended


def ledger_of(plan: Plan) -> Ledger:
    return Ledger(folder_of(Path(plan.project), plan.name))


def ignore(_: Progress) -> None:
    """Show nothing."""


def kill_worker(client: Client) -> None:
    (pid,) = client.run(os.getpid).values()
    os.kill(pid, signal.SIGKILL)


def test_a_worker_killed_twice_leaves_a_complete_matrix_equal_to_runs_one_by_one(project: Path, journal: Path) -> None:
    plan, points = bed.plan_of(project, journal), bed.points_of(12, {3: "hang", 7: "hang"})
    killed: set[str] = set()
    shown: list[Progress] = []
    with cluster.connected(None) as client:

        def kill(progress: Progress) -> None:
            shown.append(progress)
            for name in ("3", "7"):
                if name not in killed and bed.lines(journal, "started")[name]:
                    killed.add(name)
                    kill_worker(client)

        ended = Engine(client, plan, ledger_of(plan), kill).run(points)
    assert killed == {"3", "7"}
    assert (ended.done, ended.failed, ended.running) == (12, 0, 0)
    everything = Counter(str(number) for number in range(12))
    assert bed.lines(journal, "finished") == everything
    assert bed.lines(journal, "started") == everything + Counter(["3", "7"])
    assert max(progress.running for progress in shown) == 1, "a worker has one point at a time"

    alone = bed.plan_of(project, journal, name="alone")
    folder = folder_of(project, "alone")
    for point in points:
        outcome = perform(alone, point)
        Ledger(folder).store(point, outcome, partial(archive.read_chunk, outcome.archive))
    together = bed.files(ledger_of(plan).points)
    assert len(together) == 12 * 3
    assert together == bed.files(folder / "points")
    assert sorted(path.name for path in ledger_of(plan).folder.iterdir()) == ["inputs", "points"], (
        "no half run, no archive"
    )


def test_done_points_are_not_done_again_failed_ones_are(project: Path, journal: Path) -> None:
    plan = bed.plan_of(project, journal)
    points = bed.points_of(4, {1: "fail", 2: "partial"})
    ledger = ledger_of(plan)
    with cluster.connected(None) as client:
        ended = Engine(client, plan, ledger, ignore).run(points)
        assert (ended.done, ended.failed) == (2, 2)
        reasons = [(ledger.folder / "failed" / f"{points[n].id}.json").read_text() for n in (1, 2)]
        assert '"reason": "the disk is full"' in reasons[0]
        assert "not one that is complete" in reasons[1]
        again = Engine(client, plan, ledger, ignore).run(points)
        assert (again.done, again.failed) == (2, 2)
        mended = bed.points_of(4)
        assert Engine(client, plan, ledger, ignore).run(mended).done == 4
    assert bed.lines(journal, "finished") == Counter("0123")
    assert bed.lines(journal, "started") == Counter("0" + "1" * 3 + "2" * 3 + "3")
    assert not list((ledger.folder / "failed").iterdir())


class Killing(Ledger):
    """A ledger whose first run gets lost on its way, because the worker is killed in between."""

    kill: Callable[[], None]
    losses: int = 0

    def store(self, point: Point, outcome: Outcome, read: Read) -> None:
        if not self.losses:
            object.__setattr__(self, "losses", 1)
            self.kill()
            (worker,) = [outcome.worker]
            raise StoreError(f"{worker} has gone")
        super().store(point, outcome, read)


def test_a_run_that_is_lost_on_its_way_is_fetched_again_and_not_done_again(project: Path, journal: Path) -> None:
    plan, points = bed.plan_of(project, journal), bed.points_of(2)
    with cluster.connected(None) as client:
        ledger = Killing(ledger_of(plan).folder)
        object.__setattr__(ledger, "kill", lambda: kill_worker(client))
        assert Engine(client, plan, ledger, ignore).run(points).done == 2
    assert bed.lines(journal, "finished") == bed.lines(journal, "started") == Counter("01")


def test_each_machine_can_run_each_point(project: Path, journal: Path) -> None:
    plan = bed.plan_of(project, journal)
    with cluster.connected(None, 2, by_worker=True) as client:
        machines = cluster.machines(client)
        assert len(machines) == 2
        points = [point.on(machine) for point in bed.points_of(2) for machine in machines]
        shown: list[Progress] = []
        assert Engine(client, plan, ledger_of(plan), shown.append).run(points).done == 4
    assert max(progress.running for progress in shown) == 2, "one on each"
    kept = Counter(json.loads(path.read_text())["machine"] for path in ledger_of(plan).points.glob("*/point.json"))
    assert kept == dict.fromkeys(machines, 2)


def test_a_point_that_costs_each_worker_its_life_is_given_up(project: Path, journal: Path) -> None:
    plan = bed.plan_of(project, journal, command=("{python}", "-c", KILLING))
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}), cluster.connected(None) as client:
        ended = Engine(client, plan, ledger_of(plan), ignore).run(bed.points_of(1))
    assert (ended.done, ended.failed) == (0, 1)
    (file,) = (ledger_of(plan).folder / "failed").iterdir()
    assert "each worker that ran it was lost" in file.read_text()


# Kills the worker, which is the parent of the supervisor.
KILLING = """
import os, signal, psutil, time
os.kill(psutil.Process().parent().parent().pid, signal.SIGKILL)
time.sleep(60)
"""


def test_a_project_that_is_edited_meanwhile_ends_the_matrix(project: Path, journal: Path) -> None:
    for words in (["init"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-m", "a"]):
        (project / "a.py").write_text("a = 1\n")
        subprocess.run(["git", "-C", str(project), *words], check=True, capture_output=True)
    plan = bed.plan_of(project, journal, revision=revision_of(project))

    def edit(progress: Progress) -> None:
        if progress.done:
            (project / "a.py").write_text("a = 2\n")

    with cluster.connected(None) as client, pytest.raises(InputError, match="and the matrix is about"):
        Engine(client, plan, ledger_of(plan), edit).run(bed.points_of(20))
    assert 1 <= len(list(ledger_of(plan).points.iterdir())) < 20
    assert not (ledger_of(plan).folder / "failed").exists(), "it is no fault of the points"


def test_a_machine_with_another_checkout_is_an_error_before_anything_starts(project: Path, journal: Path) -> None:
    plan = bed.plan_of(project, journal, revision="0123456789ab")
    with cluster.connected(None) as client, pytest.raises(InputError, match="the matrix is about 0123456789ab"):
        Engine(client, plan, ledger_of(plan), ignore).run(bed.points_of(1))
    assert not bed.lines(journal, "started")
