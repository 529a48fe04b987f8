"""One attempt at a point: it leaves a whole run in the outbox or nothing, and no process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from perflab.errors import InputError
from perflab.experiment.matrix.attempt import check_machine, discard, folder_of, perform
from tests.perflab.experiment.matrix import bed
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def test_a_run_waits_in_the_outbox_and_is_not_made_again(project: Path, journal: Path) -> None:
    plan, (point,) = bed.plan_of(project, journal, parameters=("seed=2",)), bed.points_of(1)
    outcome = perform(plan, point, "tcp://a:1", "machine")
    assert (outcome.reason, outcome.machine, outcome.worker) == (None, "machine", "tcp://a:1")
    again = perform(plan, point, "tcp://b:2")
    assert (again.sha256, again.worker) == (outcome.sha256, "tcp://b:2")
    assert bed.lines(journal, "started") == {"0": 1}
    Path(outcome.archive).write_bytes(b"torn")
    assert perform(plan, point).reason is None, "what is damaged is made again"
    assert bed.lines(journal, "started") == {"0": 2}
    other = bed.plan_of(project, journal, digest="of another scenario", parameters=("seed=2",))
    assert perform(other, point).reason is None
    assert bed.lines(journal, "started") == {"0": 3}
    discard(str(project), plan.name, [point.id])
    assert [path.name for path in folder_of(project, plan.name).iterdir()] == ["inputs"]


def test_parameters_are_given_to_the_command(project: Path, journal: Path) -> None:
    plan, (point,) = bed.plan_of(project, journal, parameters=("seed=2",)), bed.points_of(1)
    outcome = perform(plan, point)
    assert b'"argv": ["-p", "seed=2"]' in Path(outcome.archive).read_bytes()


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("fail", "the disk is full"), ("partial", "the command saved 1 runs, and not one that is complete")],
)
def test_what_fails_says_why_and_leaves_nothing(project: Path, journal: Path, mode: str, reason: str) -> None:
    plan, (point,) = bed.plan_of(project, journal), bed.points_of(1, {0: mode})
    assert perform(plan, point).reason == reason
    assert not list(folder_of(project, plan.name).glob("attempts/*"))
    assert not list(folder_of(project, plan.name).glob("outbox/*.tar"))


def test_a_reason_is_one_line_without_control_characters(project: Path, journal: Path) -> None:
    code = "import sys; print('\\x1b[31mno <b>' + 'x' * 1000, file=sys.stderr); sys.exit(3)"
    plan = bed.plan_of(project, journal, command=("{python}", "-c", code))
    reason = perform(plan, bed.points_of(1)[0]).reason
    assert reason and reason.isprintable() and len(reason) == 400


def test_a_machine_without_the_folder_or_with_another_perflab_is_an_error(tmp_path: Path, journal: Path) -> None:
    with pytest.raises(InputError, match=r"has perflab .*, and the matrix was begun by 0\.0\.1"):
        check_machine(bed.plan_of(tmp_path, journal, version="0.0.1"))
    with pytest.raises(InputError, match=r"has no folder.*--project"):
        check_machine(bed.plan_of(tmp_path / "nowhere", journal))


KILLED = """
import sys
from pathlib import Path
from perflab.experiment.matrix.attempt import perform
from tests.perflab.experiment.matrix import bed
perform(bed.plan_of(Path(sys.argv[1]), Path(sys.argv[2])), bed.points_of(1, {0: "hang"})[0])
"""


def test_a_command_ends_with_the_process_that_runs_it(project: Path, journal: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "app"), str(ROOT)])}
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(project), str(journal)], env=environment)
    wait_until(lambda: bed.lines(journal, "started"), 20, "it starts")
    (command,) = bed.pids(journal)
    process.kill()
    process.wait()
    wait_until(lambda: not psutil.pid_exists(command), 10, "the command ends")
    folder = folder_of(project, "m")
    assert list(folder.glob("attempts/*/reports/s/*/run.json")), "it was in the midst"
    plan, (point,) = bed.plan_of(project, journal), bed.points_of(1, {0: "hang"})
    outcome = perform(plan, point)
    assert outcome.reason is None
    assert not (folder / "attempts").exists(), "what was left is gone"
    assert json.loads((folder / "outbox" / f"{point.id}.json").read_text())["sha256"] == outcome.sha256
