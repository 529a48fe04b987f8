"""`perflab matrix` as a command: what it refuses, how it resumes, and one matrix of real runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from perflab.cli.main import main
from perflab.cli.matrix.matrix import Request, matrix
from perflab.errors import InputError, InUse
from perflab.servers.supervision.lock import hold
from tests.perflab.experiment.matrix import bed
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "app"), str(ROOT)])}
LIBRARY = ROOT / "tests" / "projects" / "library" / "scenario.yaml"
SCENARIO = Path("scenarios") / "library.yaml"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path / "journal"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "scenarios").mkdir(parents=True)
    shutil.copy(LIBRARY, folder / SCENARIO)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT["PYTHONPATH"])
    return folder


def request_of(journal: Path, count: int, modes: dict[str, str] | None = None, **changes: Any) -> Request:
    (journal / "modes.json").write_text(json.dumps(modes or {}))
    over = [f"traffic.zipf={','.join(map(str, range(count)))}"]
    command = ("{python}", str(bed.SCRIPT), "{scenario}", str(journal))
    return replace(Request(SCENARIO, over, "smoke", command=command), **changes)


DRIVER = """
import sys
from pathlib import Path
from tests.perflab.cli.matrix.test_matrix import matrix, request_of
from perflab.errors import PerflabError
if __name__ == "__main__":
    try:
        matrix(request_of(Path(sys.argv[1]), 4, {"2": sys.argv[2]}, scheduler=sys.argv[3] or None), quiet=True)
    except PerflabError as error:
        sys.exit(str(error))
"""


def driver(journal: Path, mode: str, scheduler: str = "") -> subprocess.Popen[bytes]:
    words = [sys.executable, "-W", "error", "-c", DRIVER, str(journal), mode, scheduler]
    return subprocess.Popen(words, env=ENVIRONMENT, stderr=subprocess.PIPE, start_new_session=True)


@pytest.mark.slow
def test_a_command_killed_in_the_midst_is_resumed(project: Path, journal: Path) -> None:
    first = driver(journal, "hang")
    wait_until(lambda: bed.lines(journal, "started")["2"], 60, "the third point starts")
    first.kill()
    first.communicate()
    wait_until(lambda: not bed.processes_of(project), 15, str(bed.processes_of(project)))
    done = list(Path("reports/matrix/library/points").iterdir())
    assert len(done) == 2
    ended = matrix(request_of(journal, 4), quiet=True)
    assert ended.code == 0
    assert bed.lines(journal, "finished") == Counter("0123")
    assert bed.lines(journal, "started") == Counter("01223")
    assert "It is fast: It holds for traffic.zipf = 0, 1 or 2; it is refuted for traffic.zipf = 3." in ended.text
    assert ended.text.endswith("reports/matrix/library/matrix.html")
    again = matrix(request_of(journal, 4), quiet=True)
    assert again.text == ended.text
    assert bed.lines(journal, "started") == Counter("01223"), "nothing is left to do"


@pytest.mark.slow
def test_ctrl_c_is_one_line_and_keeps_what_is_done(project: Path, journal: Path) -> None:
    process = driver(journal, "hang")
    wait_until(lambda: bed.lines(journal, "started")["2"], 60, "the third point starts")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, error = process.communicate(timeout=60)
    assert error.decode() == "the matrix was stopped by the user; run the same command again: what is done stays\n"
    wait_until(lambda: not bed.processes_of(project), 15, str(bed.processes_of(project)))
    data = json.loads(Path("reports/matrix/library/matrix.json").read_text())
    assert [point["state"] for point in data["points"]] == ["done", "done", "missing", "missing"]


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A scheduler and a worker, as an administrator starts them."""
    file, log = tmp_path / "scheduler.json", tmp_path / "dask.log"
    commands = [
        (["scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"], "Scheduler at:"),
        (["worker", "--resources", "lab=1", "--nthreads", "1", "--dashboard-address", "127.0.0.1:0"], "Registered to:"),
    ]
    with ExitStack() as stack, log.open("wb") as output:
        for words, ready in commands:
            command = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(file)]
            given: dict[str, Any] = {"env": ENVIRONMENT, "cwd": tmp_path, "start_new_session": True}
            process = subprocess.Popen(command, stdout=output, stderr=output, **given)
            stack.callback(_end, process)
            wait_until(partial(_has, log, ready), 60, f"the {words[0]} starts")
        yield json.loads(file.read_text())["address"]


def _has(log: Path, words: str) -> bool:
    return words in log.read_text()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it has started, in order if it does so soon."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_what_a_worker_finished_while_nobody_waited_is_not_done_again(
    project: Path, journal: Path, scheduler: str
) -> None:
    first = driver(journal, "wait", scheduler)
    wait_until(lambda: bed.lines(journal, "started")["2"], 60, "the third point starts")
    first.kill()
    first.communicate()
    (journal / "go").touch()
    ended = matrix(request_of(journal, 4, {"2": "wait"}, scheduler=scheduler), quiet=True)
    assert ended.code == 0
    assert bed.lines(journal, "finished") == bed.lines(journal, "started") == Counter("0123")


@pytest.mark.slow
def test_each_machine_runs_each_point(project: Path, journal: Path, scheduler: str) -> None:
    ended = matrix(request_of(journal, 2, scheduler=scheduler, every_machine=True), quiet=True)
    assert ended.code == 0
    data = json.loads(Path("reports/matrix/library/matrix.json").read_text())
    assert data["machines"] == [socket.gethostname()]
    assert bed.lines(journal, "finished") == Counter("01")


@pytest.mark.slow
def test_points_that_fail_are_named_and_the_page_is_there(project: Path, journal: Path) -> None:
    ended = matrix(request_of(journal, 3, {"1": "fail"}), quiet=True)
    assert ended.code == 1
    assert "traffic.zipf = 1 failed: the disk is full" in ended.text
    data = json.loads(Path("reports/matrix/library/matrix.json").read_text())
    assert [point["state"] for point in data["points"]] == ["done", "failed", "done"]
    (project / SCENARIO).write_text(LIBRARY.read_text() + "# another text\n")
    with pytest.raises(InputError, match="begun with another text of the scenario"):
        matrix(request_of(journal, 3), quiet=True)


def test_two_commands_do_not_share_a_matrix(project: Path, journal: Path) -> None:
    folder = project / "reports" / "matrix" / "library"
    folder.mkdir(parents=True)
    with hold(folder / "lock", "another"), pytest.raises(InUse, match="the matrix library is in use by"):
        matrix(request_of(journal, 1), quiet=True)


def test_without_dask_it_says_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("dask", "distributed"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("cluster", "engine"):
        monkeypatch.delitem(sys.modules, f"perflab.experiment.matrix.{name}", raising=False)
    monkeypatch.delattr("perflab.experiment.matrix.cluster", raising=False)
    assert main(["matrix", str(SCENARIO), "--over", "traffic.zipf=1", "--profile", "smoke"]) == 2
    assert capsys.readouterr().err == (
        "perflab: perflab matrix needs Dask, which is not installed; pip install 'perflab[matrix]'\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--over", "traffic.zipf=1,-2"],
            "perflab: --over traffic.zipf=-2: traffic.zipf should be at least 0, not -2\n",
        ),
        (["--over", "zipf=1,x"], "perflab: parameter zipf should be a number, not x (skew"),
        (["--over", "profile=a,b"], "perflab: -p profile is set by perflab run itself; use --profile\n"),
        (["--over", "seed=1,2", "-p", "seed=1"], "perflab: -p seed is given twice\n"),
        (["--over", "seed=1", "--name", "../x"], "perflab: the name '../x' of the matrix is malformed"),
    ],
)
def test_all_points_are_checked_before_anything_starts(
    project: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["matrix", str(SCENARIO), "--profile", "smoke", *words]) == 2
    assert capsys.readouterr().err.startswith(message)
    assert not (project / "reports").exists()


def test_help_needs_no_dask() -> None:
    code = (
        "import sys; from perflab.cli.main import main; main(['matrix', '--help']); print('distributed' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


@pytest.mark.whole_run
@pytest.mark.replays
@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_matrix_of_real_runs(project: Path, perflab_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["rounds=1", "replay_s=2", "warm_s=0", "index_study_s=0"]
    words = [word for pair in small for word in ("-p", pair)]
    code = main(["matrix", str(SCENARIO), "--profile", "smoke", "--over", "traffic.zipf=0.2,1.2", *words, "--quiet"])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    data = json.loads(Path("reports/matrix/library/matrix.json").read_text())
    assert [point["state"] for point in data["points"]] == ["done", "done"]
    for point, zipf in zip(data["points"], (0.2, 1.2), strict=True):
        run = Path("reports/matrix/library/points") / point["id"]
        meta = json.loads((run / "run.json").read_text())
        assert (meta["status"], meta["scenario"]["traffic"]["zipf"]) == ("complete", zipf)
        assert (run.parents[1] / point["page"]).is_file()
        assert point["claims"] == json.loads((run / "summary.json").read_text())["claims"]
    assert not Path("reports/library").exists(), "points are not among the runs"
    assert sorted(path.name for path in Path("reports/matrix/library").iterdir()) == [
        "inputs", "lock", "matrix.html", "matrix.json", "plan.json", "points",
    ]  # fmt: skip
    wait_until(lambda: not bed.processes_of(project), 10, str(bed.processes_of(project)))
