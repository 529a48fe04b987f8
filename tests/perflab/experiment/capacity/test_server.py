"""What the experiment does to a server, whatever kind it is: here small programs stand for it. Real ones: worker/serving."""

from __future__ import annotations

import os
import signal
import stat
import sys
import textwrap
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from perflab.errors import ServerError
from perflab.experiment.capacity import server as serving
from perflab.experiment.capacity.server import AppServer
from perflab.servers.supervision.process import identify, is_alive
from perflab.worker.serving.config import VARIABLE
from tests.perflab.worker.serving.serving import config_of
from tests.waiting import wait_until

Start = Callable[[str], AbstractContextManager[AppServer]]

# A server with a child; `begun` names both once they are there.
WITH_CHILD = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, HANDLER)
child = os.fork()
if child:
    open("begun.part", "w").write(f"{os.getpid()} {child}")
    os.rename("begun.part", "begun")
time.sleep(60)
"""


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts a program in the place of a server; its working directory is the test's own."""
    monkeypatch.chdir(tmp_path)

    def started(code: str) -> AbstractContextManager[AppServer]:
        program = [sys.executable, "-c", textwrap.dedent(code)]
        monkeypatch.setattr(serving, "command", lambda python, module, *arguments: [*program, *arguments])
        return AppServer.started(config_of(tmp_path), tmp_path / "server.log")

    return started


def test_one_that_ends_at_once_is_one_line_with_the_last_line_of_its_log(start: Start) -> None:
    with start("print('first'); print('no such module: gunicorn'); raise SystemExit(3)") as server:
        server.process.wait(10)
        with pytest.raises(ServerError) as caught:
            server.wait_ready(lambda url: False)
    assert str(caught.value) == (
        "the server gunicorn ended at once: no such module: gunicorn; see server.log in the run's folder"
    )


def test_one_that_writes_nothing_is_said_to(start: Start) -> None:
    with start("") as server:
        server.process.wait(10)
        with pytest.raises(ServerError, match="ended at once: it wrote nothing"):
            server.wait_ready(lambda url: False)


def test_one_that_does_not_respond_in_time_is_one_line(start: Start) -> None:
    with (
        start("import time; print('still thinking', flush=True); time.sleep(60)") as server,
        pytest.raises(ServerError, match=r"the server gunicorn did not respond within 0 s"),
    ):
        server.wait_ready(lambda url: False, 0.05)


def test_it_is_ready_once_all_workers_have_records_and_it_responds(start: Start, tmp_path: Path) -> None:
    asked_for: list[str] = []

    def responds(url: str) -> bool:
        asked_for.append(url)
        return len(asked_for) == 3

    with start("import time; time.sleep(60)") as server:
        with pytest.raises(ServerError, match="did not respond"):
            server.wait_ready(responds, 0.0)
        assert asked_for == [], "its worker has not begun"
        (tmp_path / "records" / "1.records").touch()
        server.wait_ready(responds)
    assert asked_for == [f"http://127.0.0.1:{server.config.port}"] * 3


@pytest.mark.parametrize("handler", ["signal.SIG_DFL", "signal.SIG_IGN", "lambda *_: os._exit(0)"])
def test_whatever_it_does_when_it_is_told_to_stop_all_it_has_started_is_ended(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    monkeypatch.setattr(serving, "STOP_TIMEOUT_S", 0.3)
    with start(WITH_CHILD.replace("HANDLER", handler)) as server:
        wait_until((tmp_path / "begun").exists, 10)
        pids = [int(pid) for pid in (tmp_path / "begun").read_text().split()]
        assert server.pids == pids
        processes = [who for who in map(identify, pids) if who is not None]
        assert len(processes) == 2
        assert os.getpgid(pids[1]) == os.getsid(pids[0]) == server.process.pid
    wait_until(lambda: not any(map(is_alive, processes)), 10)
    assert server.process.returncode is not None


def test_it_is_ended_when_the_experiment_fails(start: Start) -> None:
    with pytest.raises(ZeroDivisionError), start("import time; time.sleep(60)") as server:
        raise ZeroDivisionError
    assert server.process.returncode == -signal.SIGTERM


def test_it_is_told_where_its_configuration_is_which_goes_with_it(start: Start, tmp_path: Path) -> None:
    code = f"""
    import os, sys
    path = os.environ[{VARIABLE!r}]
    print(path, oct(os.stat(path).st_mode), os.fstat(int(sys.argv[1])).st_mode, flush=True)
    """
    with start(code) as server:
        assert server.process.wait(10) == 0
        path, mode, pipe = (tmp_path / "server.log").read_text().split()
        assert mode == "0o100600" and stat.S_ISFIFO(int(pipe))
        assert Path(path).exists()
    assert not Path(path).parent.exists()


def test_nothing_of_the_experiments_stays_open(start: Start) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    with start("") as server:
        server.process.wait(10)
    assert sorted(os.listdir("/proc/self/fd")) == before
